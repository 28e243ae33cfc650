"""The grammar of clauses as data: everyday tasks, other words for skills' phrases, and the words in between.

Patterns are read by :mod:`robomatrix_py.scheduler.language.patterns`; ``@name`` stands for a list of words
given here.
"""

# ruff: noqa: E501 (a pattern is one line)

from __future__ import annotations

from collections.abc import Mapping

from robomatrix_py.scheduler.language.courtesies import PREAMBLES, TRAILERS, expanded
from robomatrix_py.scheduler.language.verbs import VERBS


def alternatives(text: str) -> tuple[str, ...]:
    """Return the parts of a text between bars, with single spaces."""
    return tuple(" ".join(part.split()) for part in text.split("|"))


WORD_LISTS: Mapping[str, str] = {
    **VERBS,
    "back": """back|down|over|across|up|away|straight|all|directly|off|right|safely|over there|all the way|the whole way|wide
        |completely|fully|right back|straight back|back over""",
    "from": """out of|from|off|off of|from inside|from within|out from|out from inside|from inside of|out
        |away from|back out of|down from|up from|away off""",
    "should": """must|should|shall|has to|have to|needs to|need to|ought to|is supposed to|are supposed to|is meant to
        |are meant to|is to|are to|will|would|wants to|want to|had better|could|can|may|are to|deserves to|ought""",
    "ensure": """it would be nice if|it would be great if|it would be good if|it would be lovely if|it would be helpful if|it would be perfect if
        |it would be wonderful if|it would be best if|it would be better if|it would be cool if|would be nice if|would be great if
        |it would help if|it would help me if|it would please me if|i would be happy if|i would be glad if|i would be grateful if|i would be pleased if
        |i would be delighted if|i would like it if|i would love it if|i would prefer it if|i would appreciate it if|i want it so that|make it so that
        |make it so|see to it|ensure|have it so that|arrange that|arrange it so that|arrange for|make sure|make certain
        |i want that|i wish that|i wish|i would like that|it is important that|it is necessary that|it is time that|i insist that|i ask that
        |i would be happier if|can you see to it that|make sure|make sure that|ensure|ensure that|see to it that|see that|check that|verify that|be sure that
        |make certain that|take care that|i want to see that|be sure""",
    "be": """is|are|be|goes|go|ends up|end up|belongs|belong|gets|get|lies|lie|sits|sit|stands|stand|comes|come|lands|land
        |rests|rest|stays|stay|remains|remain|moves|move|drops|drop|hangs|hang|lives|live|was|were""",
    "goes": "goes|go|belongs|belong|gets|comes|come|moves|move|lands|land|lives|live|fits|fit",
    "is": "is|are|was|were|has been|have been|happens to be|happen to be|gets|is being|lies|lie|sits|sit|stands|stand|rests",
    "want": """i want|we want|i need|we need|i would like|we would like|i would love|i would prefer|we would prefer|i wish
        |have|let me have|i want to have|i would like to have|i want to see|i would like to see|i need to have|i prefer
        |i would be happy with|i expect|let us have|we could have|can we have|could we have|can i have|could i have
        |may i have|i would love to have|i would love to see|we want to have|we need to have|i would rather have|we expect
        |there should be|there must be|there has to be|there have to be|there needs to be|there need to be
        |what i want is|what i need is|what we need is|what we want is|what i would like is|all i want is|all i need is|all we need is
        |i am looking for|i want to find|i would like to find|make sure there is|make sure there are|make sure i have|it would be nice to have
        |it would be great to have|it would be good to have|it would be lovely to have|it would be nice to see|it would be great to see
        |it would be good to see|i would be happy to see|i would be happy to have|i would be glad to have|i would be glad to see
        |i would appreciate|my wish is|my goal is|the goal is|the idea is|the aim is|let there be|i must have|we must have|i could do with""",
    "reject": """i do not want|we do not want|i would not like|i do not like|i do not need|we do not need|i want no more
        |i would rather not have|i do not want to see|there should not be|there must not be|there should be no
        |i hate|i hate to see|i can not stand|i would hate""",
    "not_should": """should not|must not|may not|can not|shall not|ought not to|need not|does not have to|do not have to|is not supposed to|are not supposed to
        |is not meant to|are not meant to|is not allowed to|are not allowed to|is not to|are not to|does not need to|do not need to""",
    "bottom": """at the bottom|on the bottom|as the base|as base|as the bottom|below|underneath|at the base|as the lowest|lowest|forming the base
        |as the foundation|at the very bottom|as its base|as a base|at the lowest level|first|at bottom|on the table""",
    "middle": """in the middle|on it|on top of it|on that|on top of that|in between|in the center|in the centre|second|above it|above that|next
        |as the middle|on top|between them|above|in middle""",
    "top": """on top|at the top|on the top|on top of it|on top of that|on that|on it|as the top|at the very top|third|last|above it|above that|above
        |on top of everything|as the highest|highest|on the very top|on top of them|on top of both|at top|to top it off""",
    "build": """make|build|form|erect|set up|create|construct|assemble|pile up|stack up|make me|build me|create for me|give me|i want|i need|i would like
        |i want to see|i would like to see|let us build|let us make|we need|we want|produce|arrange|put together|have|do|stack|pile|pile up""",
    "tower": "tower|stack|pile|column|little tower|small tower|nice tower|little stack|tower of three|stack of three|pile of three|tower of two|stack of two|three high tower|three story tower|tower of three things|tower of three objects",
    "upward": """in that order|in this order|from bottom to top|from the bottom up|from the bottom to the top|bottom to top|bottom up|from below|upwards|from bottom up
        |starting from the bottom|starting at the bottom|starting with the bottom|bottom first|listed from the bottom|in the order given""",
    "these": """these|those|the following|the following things|these things|these two|these three|all of these|both of these|these objects|those things|the following objects
        |both|two things|three things|four things|these two things|these three things|the following two|the following three|the following items|these items|all these
        |the following two things|the following three things|the following two objects|the following three objects|all of the following|several things|a few things""",
    "beside": """next to|beside|near|by|behind|in front of|left of|to the left of|right of|to the right of
        |between|under|below|beneath|underneath|around|against|close to|alongside""",
    "person": "me|us|him|her|them",
    "still": "already|still|currently|now|yet|there|right now|at the moment|again|just|right|only|simply",
    "empty_state": "clear|cleared|empty|emptied|free|free of things|tidy|tidied|tidied up|clean|cleaned|cleaned up|cleared up|bare",
    "unmoved": """alone|there|where it is|where they are|where it was|as it is|as they are|in place|in its place|in peace
        |untouched|unmoved|out of it|out|be|in its position|at its place|where it stands|where it lies|on its own|put""",
}
"""Words that may stand for each other in the patterns of tasks."""

TASKS = """
harm          4  (@harm) {object}
harm          4  (@throw) {object} (at|against|through|out of|across) {place}
hand_over     1  (give|hand|bring|pass|get|fetch|throw|offer|show|serve) (@person) {object}
hand_over     1  (give|hand|pass|bring|take|throw|offer|deliver) {object} [over] to (@person)
place         1  (@put) {object} [@back] <where> {place}
place         1  (@put) (down|back|away|up) {object} <where> {place}
place         1  (@put) {object} <where_there>
place         1  (@fetch) {object} [@back] <where_into> {place}
place         1  (@choose) {object} [and] (put|place|drop) (it|them) <where> {place}
place         1  (drop|release|let go of|lower) {object} <where_over> {place}
place         1  let {object} (go|fall|drop) <where_over> {place}
place         1  (drop|release|let go of|let loose of|unhand|ungrip|ungrasp) {object} <where> {place}
place         1  (drop|release|let go of|let loose of|unhand|put down|set down|lay down|leave) {object} [@back] <where_there>
place         1  (@put) {object} [@back] <where_there>
place         1  (let|make|have) {object} (go|fall|drop|sit|rest|land) [@back] <where_there>
place         1  (let|make|have|see|get) {object} (stand|stay) <where> {place}
place         1  (@put) {object} <where_over> {place} [,] (and|then|and then) (release|drop|let go of|unhand) (it|them) [there]
place         1  (@put) {object} <where_over> {place} [,] (and|then|and then) (let go|let it go|let them go) [there]
place         1  (@put) {object} <where> {place} [,] (and|then|and then) (release|drop|let go of|unhand) (it|them) [there]
place         1  (@put) {object} <where> {place} [,] (and|then|and then) (let go|let it go|let them go|leave it there|set it down|put it down) [there]
place         3  (@put) <where> {place} {object}
place         3  (@put) {object} [,] (please|now|carefully|immediately) [,] <where> {place}
place         1  (@put) {object} so that (it|they) (@be) <where> {place}
place         1  (hand|pass) {object} over <where> {place}
place         0  (get|bring|fetch|give|put|grab) (@person) {object} <where_into> {place}
place         1  (get rid of|dispose of) {object} <where> {place}
place         1  (introduce|assign|allocate|add) {object} <where> {place}
place         1  find (a|the) (place|spot|home) for {object} <where> {place}
place         2  (@put) (@these) <where> {place} [,] [namely] {object}
place         2  (@these) [all|both] (@goes) <where> {place} [,] [namely] {object}
place         2  (@these) (@should) [all|both] (@be) [placed|put] <where> {place} [,] [namely] {object}
place         2  (@want) (@these) [all|both] [to be|to go] [put|placed] <where> {place} [,] [namely] {object}
place         2  <where> {place} [,] (@put) (@these) [,] {object}
place         1  (let|make|have|see|get) {object} (go|fall|drop|be|end up|land|disappear|sit|lie|rest|to go) <where> {place}
place         1  fill {place} with {object}
place         2  get {object} <where> {place}
place         2  get {object} [@back] <where_into> {place}
place         2  {object} (@should) [all|both|now|also|then] (@be) [placed|put] <where> {place}
place         2  {object} [all|both|now|also|then] (@goes) <where> {place}
place         2  (@ensure) {object} (@be) [placed|put] <where> {place}
place         2  (@want) {object} [all|both] [to be|to go|to end up|placed|put|to be placed|to be put|to sit|to land|sitting|lying|standing|to stand|to lie|to rest|resting] <where> {place}
place         3  {object} [all|both|also|then] (@goes) [@back] <where_there>
place         3  {object} (@should) [all|both|now|also|then] (@be) [placed|put] [@back] <where_there>
place         2  (@ensure) {object} (@be) [placed|put] <where_there>
place         2  (@want) {object} [all|both] [to be|to go|placed|put] <where_there>
place         2  {object} [,] (which|that|who) [then|also|all|both] (@goes) <where> {place}
place         2  {object} [,] (which|that|who) (@should) [then|also|all|both] (@be) [placed|put] <where> {place}
place         2  (can|could|may|might|will|would) {object} [please|now|both|all] (be|go|get) [now|please] [placed|put] <where> {place}
place         2  {object} [,] (not|and not|but not|rather than|instead of) {source} [,] (@goes) <where> {place}
place         2  {object} [,] (not|and not|but not|rather than|instead of) {source} [,] (@should) (@be) [placed|put] <where> {place}
place         2  (it is|it should be) {object} (that|which) (@goes) <where> {place}
place         2  (it is|it should be) {object} (that|which) (@should) (@be) [placed|put] <where> {place}
place         2  that is where {object} [all|both] (@goes)
place         2  that is where {object} (@should) (@be)
place         2  that is where (@want) {object}
place         2  {place} is where {object} [all|both] (@goes)
place         2  {place} is where {object} (@should) [all|both] (@be)
place         2  {place} is where (@want) {object}
place         2  {place} (@is) (the place|the right place|the home|the spot|the right spot|meant|reserved|intended|there) for {object}
place         2  {place} (@is) for {object}
place         2  {object} (@is) [meant|intended|destined|bound] for {place}
place         2  (the|a good) (place|home|right place|spot|right spot|destination|correct place) (for|of) {object} (@is) <where> {place}
place         2  (the|a good) (place|home|right place|spot|right spot|destination|correct place) (for|of) {object} (@is) {place}
place         2  {place} (must|should|has to|needs to|shall|ought to) (have|contain|hold|get|receive|carry) {object} [in it|on it|on top|on top of it|inside|inside it]
place         2  {place} (gets|contains|receives) {object}
place         2  {object} (@goes) (from|out of) {source} <where> {place}
place         3  <where> {place} [,] [please|then|now] (@put) {object}
place         3  <where> {place} [,] (goes|go|belongs|belong|comes|with) {object}
place         3  <where> {place} [,] (@want) {object}
place         6  {place} needs {object}
place         2  {object} takes (its|their|the) place <where> {place}
place         3  <where> {place} with {object}
place         3  (@put) {object} [,] (instead of|rather than|not|and not|but not) {source} [,] <where> {place}
place_beside  3  (@put) {object} [@back] (@beside) {place}
place_nowhere 10 (@put_idle) {object} [@back]
place_nowhere 10 put away {object}
place_nowhere 10 (@want) {object}
dispose       1  (throw|toss|chuck) away {object}
dispose       1  (throw|toss|chuck) {object} (away|out)
dispose       1  (discard|trash|bin|dispose of|get rid of|throw out) {object}
take_out     -1  (@take) {object} [back|away|right|straight] (@from) {source}
take_out     -1  (@lift) {object} (out of|out from) {source}
take_out     -1  (@take|@lift|@put) {object} (@from) {source} [and|,] [@back] <where> {place}
take_out     -1  (take|get|pull|lift) out {object} (of|from) {source}
take_out      1  (@want) {object} [to be|to come|to go|taken|removed|gone] (out of|off|off of|away from) {source}
take_out      1  {object} (@should) (@be) [taken|removed|gone] (@from) {source}
take_out      1  (can|could|may) {object} (be taken|come|be removed) (@from) {source}
take_out      1  (@from) {source} with {object}
take_out      1  (reach|go|look) (into|in|inside|inside of) {source} and (@take) {object} [out|out of there|out of it]
take_out      1  {object} (goes|go|comes|come) (out of|off|away from) {source}
take_out      1  {object} (@should) (@be) (from) {source} <where> {place}
take_out      1  {object} (goes|go|moves|move) (from|out of) {source} <where> {place}
take_out      2  (take|get|pull|lift) out {object}
take_out      2  (take|get|pull|lift) {object} out
take_out      2  remove {object}
not_there     1  {object} (@should) not [@still] (@be) [@still] <where> {place}
not_there     1  {object} (@not_should) (@be) [@still] <where> {place}
not_there     1  {object} (does not|do not) [@still] (belong|go) <where> {place}
not_there     1  (@reject) {object} [to be|to stay|to remain|lying|sitting|standing] <where> {place}
empty         1  (@empty) {object}
empty         1  (@empty|@tidy) {source} [out|up|completely|,] <where> {place}
empty         1  (@empty|@tidy) [all|everything from] [the] (contents|content) of {source} [out] <where> {place}
tidy          3  (@tidy) {source} [up|off|out]
tidy          3  (tidy|clean|clear) up
tidy          1  (make|get|have|leave|keep|set) {source} (@empty_state)
tidy          1  {source} (@should) be [completely|totally|all|again] (@empty_state)
tidy          1  (@want) {source} [to be|made|completely|all] (@empty_state)
tidy          1  (@want) (a|an) (@empty_state) {source}
tidy          1  (@ensure) {source} (@be) [@still] (@empty_state)
tidy          1  {source} (needs|need|wants|requires|could use|deserves) [a] (clear|clean|tidy|empty|to be cleared|to be emptied|to be cleaned|to be tidied|clearing|emptying|cleaning|tidying) [up|off|out]
tidy          0  (@ensure) nothing (@be) [left|lying|standing] (on|in) {source}
tidy          0  (leave|keep|let) nothing [left|lying|standing|stay|remain] (on|in) {source}
tidy          0  do not (leave|keep|let) anything [left|lying|standing|stay|remain] (on|in) {source}
tidy          0  (nothing|no things|no objects) (is|are) (allowed|supposed|meant) to (@be) [left|lying|standing] (on|in) {source}
tidy          0  (rid|free) {source} of (everything|all things|all objects|things)
tidy          0  nothing (@should) [@still] (@be) [left|lying|standing] (on|in) {source}
tidy          0  (@want) nothing [left|lying|standing] (on|in) {source}
tidy          0  (@reject) anything [left|lying|standing] (on|in) {source}
disturb       3  (touch|disturb|handle|knock over|tip over|mess with|use|move|grab|pick up) {object}
leave         2  (leave|keep|let) {object} (@unmoved)
leave         4  (instead of|rather than|except for|except|apart from|aside from|other than|excluding|besides|but for|with the exception of|save for) {object}
leave         2  {object} (@is) [just|perfectly|quite] (fine|good|ok|okay|all right|right|well|happy) (@unmoved)
leave         2  [only|just] {object} (stays|stay|remains|remain|is left|are left|is to stay|can stay|may stay) <where> {place}
leave         2  [only|just] {object} (@should) [only|just] (stay|remain|be left) [lying|standing] <where> {place}
leave         2  [only|just] (leave|keep|let) {object} [stay|lying|standing] <where_still> {place}
leave         2  nothing (but|except|besides|other than|apart from) {object} (@should) (stay|remain|be left|be) [lying|standing] <where> {place}
leave         2  {object} (@not_should) be (touched|moved|disturbed|taken|picked up|put anywhere|changed|displaced)
leave         2  {object} (@not_should) (go|come|move) [anywhere|there]
leave         2  {object} (does not|do not) [go|move|come] [there|anywhere|too]
leave         6  (leave|keep) {object}
leave         2  (leave|keep) {object} <where_still> {place}
leave         2  [only|just] {object} (stays|stay|remains|remain|is left|are left) [@unmoved]
leave         2  [only|just] {object} (@should) [only|just] (stay|remain|be left) [@unmoved]
leave         2  {object} (@should) not be (touched|moved|disturbed|taken|picked up|put anywhere|changed)
leave         2  (without) (touch|move|disturb|take) {object}
drawer_state  1  (@ensure) {object} (@be) [@still] <state>
drawer_state  1  {object} (@should) be [@still] <state>
drawer_state  1  {object} (@should) (@be) [left] <state>
drawer_state  1  {object} [please] (gets|goes) <state>
drawer_state  1  (@want) {object} [to be|to go|pulled|pushed|left] <state>
drawer_state  1  (with) {object} [left|kept] <state>
drawer_state  1  (@handle|press|stick|tuck|hold|return|bring) {object} [to] [@back] <state>
drawer_state  2  (@handle|press) <state_adjacent> {object}
drawer_state  1  (can|could|may|would) {object} [please] be [left|kept] [now] <state>
drawer_state  1  get {object} [unlocked|unlatched|pulled|pushed] [and] <state>
drawer_state  1  (make|make it so that|have it so that) {object} (@be) <state>
drawer_state  4  {object} <state>
drawer_unlike 1  {object} (@should) not (@be) [left|hanging|standing|kept] <state>
drawer_unlike 1  {object} (@not_should) (@be) [left|hanging|standing|kept] <state>
drawer_unlike 1  (@reject|i do not like) {object} (being|left|hanging|standing|to stay|to be) <state>
drawer_unlike 1  (leave|keep|let) {object} [be|stay|hanging|standing] (no longer|not) <state>
drawer_unlike 1  (@reject) {object} [to be|left|to stay] <state>
drawer_unlike 1  do not (leave|keep|let) {object} [be|stay|hanging|standing] <state>
drawer_inside 3  (let me|let us|i want to|i need to|i would like to|we need to) (see|look|reach|get|look at|get at|have a look|take a look|peek) [what is] (inside|into|in|inside of) {object}
drawer_inside 3  (@want|give me) (access to|something from|something out of|a look into|a look inside|to get at) [the inside of|inside] {object}
drawer_inside 3  make {object} accessible
drawer_inside 3  (show me|show us|let me see|let us see|reveal|let me know|i want to know|i want to see) (what is in|what is inside|what is inside of|the inside of|the contents of|the interior of) {object}
drawer_inside 3  make it possible to (reach|get|look|see) (into|in|inside|inside of) {object}
drawer_inside 3  (open|expose|uncover|reveal|free|unlock) the (inside|interior|contents) of {object}
drawer_inside 3  (i|we) (have to|need to|want to|must|would like to|am going to|are going to|will|am about to) (get|take|fetch|put|reach|grab|find|look for) (something|things|my things|a thing) (out of|from|from inside|in|into|inside) {object}
tower         1  (make|build|form|erect|set up|create) (a|one) (tower|stack|pile) (of|from|with|out of) {object}
tower         0  (make|build|form|erect|set up|create) (a|one) (tower|stack|pile) (of|from|with|out of) {object} [,] [with] {source} (at|on|as) [the] (bottom|base)
tower         1  (stack|pile|stack up|pile up) {object} [,] [up] (@upward)
tower         1  (@build) (a|one) (@tower) [please] [,] [first|with|of|from|out of|consisting of|made of|made up of|made from|using|which has|that has] {object} [@top] [,] [@upward]
tower         1  (a|one) (@tower) [please] [,] [first|with|of|from|out of|consisting of|made of|made from] {object} [,] (@upward)
tower         1  (@build) (a|one) (@tower) (@upward) [,] [first|with|of|from|out of|made of|made from|using] {object}
tower         1  (@build) (a|one) (@tower) [,] (of|from|with|out of|made of|made from|using) {object} [,] (starting|beginning|start|begin) with {source} [at the bottom]
tower         1  (stack|pile|stack up|pile up) {object} [,] (starting|beginning|start|begin) with {source} [at the bottom]
tower         1  (stack|pile|stack up|pile up) {object} [,] with {source} (@bottom)
tower         0  [@build] [a|one|the three|the things|these three|three things|three objects] [@tower] [please] [,] [with|that has|which has|having|take|use|stack|from|of] {lowest} (@bottom) [,] [and|then|and then|with|put|place|stack|and with] {highest} (@top)
tower         0  [@build] [a|one|the three|the things|these three|three things|three objects] [@tower] [please] [,] [first|with|that has|which has|having|take|use|stack|from|of] {lowest} (@bottom) [,] [and|then|and then|with|put|place|stack|followed by] {middle} [@middle] [,] [and|then|and then|with|and with|and finally|finally|put|and put|and place|and lastly] {highest} (@top)
tower         0  [@build] [a|one|the three|the things|these three|three things|three objects] [@tower] [please] [,] [with|that has|which has|having] {highest} (@top) [,] [and|then|with] {middle} (@middle) [,] [and|then|and then|with] {lowest} (@bottom)
tower         0  (stack|pile|stack up|pile up|arrange) [the three|these three|them] [,] {object} [,] with {lowest} (@bottom) [,] [and|then|with] {highest} (@top)
tower         0  (@build) (a|one) (@tower) [,] [of|with|from] {lowest} [,] (then|and then|followed by) {middle} [,] (then|and then|and|and finally|followed by) {highest} [@top]
tower         1  (a|one) (@tower) [please] [,] [first|with|of|from|out of] {object} (@top)
tower         0  (@put) {middle} (on|onto|on top of) {lowest} [,] [and|then|and then] (on top of that|on top of it|on that|on top) [put|place|stack|goes|comes] {highest}
tower         0  with {lowest} (@bottom) [,] (stack|pile|put|place) {middle} (and|then|and then) {highest} [on it|on top|on top of it]
replace       1  (replace|substitute|swap|swap out|exchange|switch|trade|change) {object} (by|with|for|against) {source}
replace       1  (replace|substitute|swap|swap out|exchange|switch|trade|change) {object} (by|with|for|against) {source} <where> {place}
replace       1  {source} (replaces|takes the place of|takes over from) {object}
replace       1  {source} (replaces|takes the place of) {object} <where_still> {place}
replace       1  (@put|have) {source} <where> {place} [,] (instead of|in place of|in the place of|in exchange for) {object}
replace       1  (let|have|make) {source} (take the place of|replace|take over from) {object}
replace       1  (put|place|set) {source} (where|in the place where|to where) {object} (is|was|stands|lies)
mention       6  (there is|there are|there lies|there stands|here is|look at|see|you see|do you see|can you see|you know|consider|about|regarding|as for|of|out of|among|from) {named}
mention       6  (i see|we have|here are|check|inspect|examine|have a look at|take a look at|you can see|i can see|notice|find|spot|i mean|as to|concerning|next is|next comes|now for|this is|that is|these are|over there is|over here is|right there is|over there you see|over there are|here lies|here stands|there goes|you are holding|you hold|you have|you have got) {named}
mention       6  (you are holding|you hold|you have|you have got) {named} (in your hand|in your gripper|in hand|in the gripper)
mention       6  (i am|we are) [done|finished|through] with {named} [now]
mention       6  (i|we) (do not need|no longer need|do not want|have no more use for|have no use for) {named} [any more|anymore|any longer|now|here]
mention       6  {object} (@is) [@still] (over there|there|here|over here|right here|right there|there on the left|there on the right|in the way|in my way|in our way|not needed|no longer needed|not needed any more|not needed anymore|out of place|in the wrong place|misplaced|empty|free|ready|waiting|available|done|lying there|standing there|lying around|lying here)
mention       6  {object} (has|have) no (business|place) [being] <where> {place}
mention       6  {object} (@is) [@still] (over there|there|here|over here|right there) <where> {place}
mention       6  {object} (@is) [@still] <where> {place}
mention       6  {object} (@is) [@still] <state>
fragment     15  {object} [,] <where> {place}
mention      20  {named}
same         12  [do|and|exactly|just] [the] same [thing] [goes|again|applies] (with|for|to) {object}
same         12  (do likewise|do so|repeat|repeat that|repeat this|repeat it|continue|do that|do this|do it|do that too|go on|carry on|same) (with|for) {object}
same         12  {object} (does|do|should|must|is|are|goes|has|have) (too|as well|likewise|the same|so too)
same         12  (so|likewise|as) (does|do|should|must|shall|is|are|will|can) {object}
same         12  {named} (too|as well|also|likewise|and so on)
same         12  (likewise|similarly|ditto) [for|with] {object}
"""
"""Sense, rank and pattern of every task."""

WISHED = ("(@want)", "(@ensure)", "(with)", "(get|have|let)")
"""How the patterns of clauses begin that wish for a state of things."""

BARE_WISHES = """
drawer_state {object} [to be|be] <state>
place        {object} [to be|to go|put|placed|moved|be] <where> {place}
place        {object} [to be|to go|put|placed|moved|be] <where_there>
"""
"""How a clause may go on that wishes for a state of things: sense and pattern."""

PASSIVES = (
    ("", "(@should) be [now|then|also|all|both|first]"),
    ("", "(gets|get|is|are|is to be|are to be) [then|now|also]"),
    ("(@want)", "[to be|to get] [all|both]"),
    ("", "(@should) get [now|then|also|all|both|first]"),
    ("(can|could|may|might|will|would)", "(be|get) [now|then|also|all|both|first|please]"),
    ("(get|have|let)", "[all|both|be]"),
    ("", "(needs|need|wants|want|requires|require)", "base"),
)
"""How the passive of a clause asks for it: the words before the thing, those after it, and the verb's form."""

DONE = (("", "(is|are|has been|have been|was|were|gets|get) [all|both]"),)
"""How the passive of a clause says that it was done."""

STATES = """
is      {object} (@is) [@still] <polarity> [@still] [left|hanging|standing|kept] <state> [@still]
is      {object} should [@still] <polarity> be [@still] <state>
bare    [@still] <polarity> <state> [@still]
is      {object} (@is) [@still] <polarity> [@still] [put|placed|lying|sitting|standing|inside] <where> {place} [@still]
is      {object} (@is) [@still] <polarity> [@still] [placed|put] <where_there> [@still]
is      {object} (@is) [@still] <polarity> [@still] (@empty_state) [@still]
ask     {object} [@still] <polarity> <state> [@still]
ask     {object} [@still] <polarity> <where> {place} [@still]
ask     {object} [@still] <polarity> <where_there> [@still]
should  {object} [@still] <polarity> be [@still] <state> [@still]
should  {object} [@still] <polarity> be [@still] <where> {place} [@still]
"""
"""What conditions are about: said straight, after `is` or `are`, and after `should`."""

CONDITIONS: Mapping[str, tuple[str, bool]] = {
    **dict.fromkeys(
        alternatives("if|in case|in the case that|in the event that|provided|provided that|but only if|only if"),
        ("is", False),
    ),
    **dict.fromkeys(
        alternatives("assuming|assuming that|given that|supposing|so long as|as long as|and if|but if|whenever"),
        ("is", False),
    ),
    **dict.fromkeys(alternatives("unless|except if|except when"), ("is", True)),
    **dict.fromkeys(alternatives("is|are"), ("ask", False)),
    **dict.fromkeys(
        alternatives(
            """if you find|if you see|if you notice|if someone left|if somebody left|if anyone left|if anybody left|if they left
            |if i left|if we left|if you find that|when you find|if you should find|in case you find|in case you see"""
        ),
        ("ask", False),
    ),
    **dict.fromkeys(alternatives("should"), ("should", False)),
    **dict.fromkeys(
        (
            f"{verb} {word}"
            for verb in alternatives("check|see|find out|look|test|verify|have a look|take a look|tell me|determine")
            for word in ("if", "whether")
        ),
        ("is", False),
    ),
}
"""What begins a condition, to how it goes on (see :data:`STATES`) and whether it must not hold."""

MOMENTS = alternatives(
    """when|once|as soon as|after|the moment|only when|only after|only once|and when|as|now that|immediately after|right after|not before|but not before
    |not until|but not until|but only once|but only when|but only after|if and when|and once|but once|just as soon as|with"""
)
"""What begins a state that is to be reached first."""

BACK_REFERENCES: Mapping[str, bool] = {
    **dict.fromkeys(
        alternatives(
            "if so|and if so|if it is|and if it is|if yes|if that is the case|in that case|if that is so|if it does|if they are|and if they are"
        ),
        False,
    ),
    **dict.fromkeys(
        alternatives(
            "if not|and if not|if it is not|and if it is not|but if it is not|but if not|if they are not|if that is not the case|if no"
        ),
        True,
    ),
}
"""What takes up the condition before it, to whether that must not hold."""

AFTER_LINKS = alternatives(
    """after|after you|after you have|after having|once you have|when you have|as soon as you have|only after|but only after|only after you have
    |but only after you have|only once you have|but only once you have|but not before|not before|but not before you have|not before you have
    |but not until|not until|but not until you have|not until you have|right after|immediately after|directly after|shortly after
    |right after you have|immediately after you have|the moment you have|but after|but after you have|only when you have|but only when you have"""
)
"""What links a clause to one behind it that is to be done before."""

AFTER_OPENINGS = (*AFTER_LINKS, "having", "once having", "following")
"""What begins a clause after which the next one is to be done."""

BEFORE_OPENINGS = alternatives("before|before you|prior to|before you go and|right before|just before|before you start")
"""What begins a clause before which the next one is to be done."""

POLITE = alternatives(
    "please|now|right now|thanks|thank you|cheers|if you would|if you could|if you can|if you please|quick|quickly|at once|immediately|right away|would you|will you"
)
"""What makes a request of the mere names of a thing and a place."""

DISTANCES = alternatives("a distance of|over a distance of|for a distance of|by a distance of|through a distance of")
"""What may stand before a number with a unit."""

AFTER_CONDITION = ("then", "and then", "and", "only then", "just then")
"""What may stand between a condition and what is to be done then, besides a comma."""

OTHERWISE = alternatives("otherwise|else|or else|if not so|but otherwise|and otherwise|and else")
"""What begins that which is to be done in the other case."""

GROUPS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "where": {
        "in": ("in", "into", "inside", "inside of", "within", "in to"),
        "on": ("on", "onto", "on to", "upon", "on top of", "atop"),
        "to": ("to", "over to", "across to", "over into", "over onto", "towards", "toward"),
    },
    "where_into": {
        "in": ("into", "inside", "in to"),
        "to": ("to", "over to", "onto", "on to", "across to", "over into", "over onto"),
    },
    "where_there": {
        "in": ("in", "inside", "in there", "therein", "back in", "back inside", "in here"),
        "on": ("on", "on there", "on top", "back on"),
        "to": ("there", "over there", "back there"),
    },
    "where_still": {"in": ("in", "inside"), "on": ("on",)},
    "where_over": {"to": ("over", "above", "right over", "right above")},
    "state_adjacent": {"open": ("open", "opened"), "closed": ("closed", "shut")},
    "state": {"open": ("open", "opened", "out", "ajar"), "closed": ("closed", "shut", "close", "back in", "in", "to")},
    "polarity": {"not": ("not", "not yet", "no longer", "not any more"), "": ("",)},
}
"""Groups of words whose choice matters; it is kept under the first word of the group's name."""

_TOOL = "(the|your|its) (gripper|arm|hand|robot arm|tool|claw|fingers|end effector)"

BEGINNINGS: Mapping[str, tuple[str, ...]] = {
    "pick up": alternatives(VERBS["grasp"]),
    "move to": (
        *alternatives(
            """move to|move over to|go to|go over to|go on over to|go across to|make your way to|make your way over to|swing over to|swing to|line up with|line up above|line up over
            |line yourself up with|position yourself at|proceed to|go near|walk over to|go right to|head towards|head toward|go straight to|be at|move towards|move yourself to|travel to|head to|head over to|drive to|navigate to
            |approach|come to|reach for|point at|aim at|get to|move up to|get over to"""
        ),
        *expanded(
            f"""
            (move|bring|get|take|position|place|put|hold|fly|drive|send|raise|guide|steer|set|lift|park|hover|have|point|swing|stop|keep|align|line up|aim|i want|i need|i would like|let|center|centre) {_TOOL} (to|over|above|over to|on top of|right above|right over|towards|up to|at|with|just above|directly above|directly over|to be above|to be over|hover over|hover above|so that it is above|so that it is over|so it is above|so it is over)
            (move|bring|get|take|position|place|put|hover|park|center|centre|align) yourself (to|over|above|over to|on top of|right above|right over|directly above|directly over|just above)
            (move|go|get|position yourself) so that (you are|your gripper is|the gripper is|your hand is) (above|over|right above|directly above|directly over)
            line {_TOOL} up (with|above|over)
            {_TOOL} (should be|must be|has to be|needs to be|should go|goes|belongs|should hover) (above|over|right above|directly above|to|over to)
            """
        ),
    ),
    "go to": ("go to", "go over to", "go towards", "go up to"),
    "move above": (
        "move above",
        "move over",
        "move just above",
        "move to just above",
        "move to right above",
        "go just above",
        "go right above",
        "go directly above",
        "go to right above",
        "go right over",
        "move right above",
        "move right over",
        "move directly above",
        "move to a spot above",
        "move to the spot above",
        "move to a point above",
        "go to a point above",
        "move to above",
        "go to above",
        "go above",
        "go over",
        "go on top of",
        "get above",
        "get over",
    ),
    "hover over": expanded(
        """
        (hover|stay|wait|float|stop|stand|linger|be|position yourself|place yourself|put yourself|park) (over|above|at|right above|right over|on top of|directly above|directly over)
        """
    ),
    "open": alternatives(VERBS["open"]),
    "close": alternatives(VERBS["close"]),
    "press": alternatives(VERBS["press"]),
    "release": ("release", "let loose of", "unhand", "set down", "lay down", "place down"),
    "position": ("position", "suspend", "keep", "hover"),
}
"""How a skill's phrase may begin to other ways to begin it, where an argument follows at once."""

BEGINNINGS_WITH_CHOICE: Mapping[str, tuple[str, ...]] = {
    "push": alternatives(VERBS["push"]),
}
"""The same for phrases with a choice, such as a direction."""

WITHOUT_ARGUMENT: Mapping[str, tuple[str, ...]] = {
    "let go of": ("let go",),
    "release": ("open (the|your) (gripper|hand|fingers|claw)",),
}
"""How a skill's phrase may begin to ways to ask for it that name nothing."""

GIVEN_SIZES = "little|small|slight|gentle|quick|light|good|soft|tiny|short|bit of a"
"""What may stand before the noun in `give it a little push`."""

INNER_WORDS: Mapping[str, str] = {
    "over": "(over|above)",
    "above": "(above|over)",
    "to": "(to|towards|toward|over to)",
    "shut": "(shut|closed|close)",
    "open": "(open|opened)",
}
"""Words within a skill's phrase to words of the same meaning."""

PARTICLES = frozenset({"up", "down", "out", "in", "open", "shut", "closed", "off", "on", "away", "to"})
"""Words that may stand behind the object: `pick {object} up`."""

DIRECTIONS: Mapping[str, tuple[str, ...]] = {
    "left": expanded("[over|further|more] (left|leftward|leftwards|to the left|to your left|towards the left)")
    + alternatives("to the left side|to left|toward the left"),
    "right": expanded("[over|further|more] (right|rightward|rightwards|to the right|to your right|towards the right)")
    + alternatives("to the right side|to right|toward the right"),
    "forward": alternatives(
        """forward|forwards|to the rear|over forward|ahead|straight ahead|away|away from you|away from yourself
        |away from the robot|further away|farther away|outward|outwards|to the front"""
    ),
    "backward": alternatives(
        """backward|backwards|over backward|back|towards you|toward you|towards yourself|toward yourself
        |towards the robot|toward the robot|to you|to yourself|closer|closer to you|closer to yourself
        |nearer|to the back"""
    ),
}
"""Directions as seen from the robot's base, to how people say them."""

MANNER = frozenset(
    alternatives(
        """slowly|quickly|gently|carefully|softly|firmly|cautiously|smoothly|neatly|swiftly|rapidly|delicately|nicely
        |calmly|steadily|tightly|lightly|hurriedly|promptly|precisely|safely"""
    )
)
"""How to move: understood, but speed and force are not for the planner to set."""

DEGREES = ("a bit", "a little", "a little bit", "a tad", "slightly", "somewhat")
"""How much: understood, but too vague to change a figure."""

EMPTY_WORDS = frozenset(
    alternatives(
        """exactly|precisely|though|however|single|entire|really|actually|basically|just|kindly|very|quite|simply|um|uh|er|erm|hmm|maybe|perhaps|literally
        |obviously|of course|also|ok|okay"""
    )
)
"""Words that say nothing wherever they stand."""

HAVING = frozenset({"have", "having", "has"})
"""Words after which a participle tells what is to be done before: `once you have opened the drawer`."""

REPEATS: Mapping[str, int] = {
    "twice": 2,
    "two times": 2,
    "three times": 3,
    "thrice": 3,
    "four times": 4,
    "five times": 5,
}
"""How often."""

NEGATIONS = alternatives(
    """not|do not ever|do not|never ever|never|you must not|you should not|you may not|you can not
    |you are not to|must not|should not|i do not want you to|i would not like you to|avoid
    |refrain from|no need to|there is no need to|need not|you need not|you do not need to
    |you do not have to|do not you dare|under no circumstances|make sure not to|be careful not to|take care not to
    |make sure that you do not|make sure you do not"""
)
"""What rules a clause out."""

CONNECTORS = (
    *AFTER_LINKS,
    *alternatives(
        """and then|and|then|but|yet|while|followed by|before you|before|prior to|after you|after|without|plus|so
    |along with|together with|and after that|and afterwards|as well as|and also|in order to|whereas|with
        |and only then|but only then|only then|after which you|after which|whereupon|so that you can|so you can|and finally|and lastly
        |and next|and then finally|while also|and in addition|and afterwards you|before finally|and once that is done|and at the end"""
    ),
)
"""What may stand between two clauses, besides a comma or a full stop."""

ABOUT = frozenset(
    {"by", "about", "around", "for", "roughly", "some", "another", "of", "approximately", "exactly", "nearly", ","}
)
"""What may stand before a number."""


def grammar_words() -> frozenset[str]:
    """Return every fixed word between and around clauses."""
    texts = (
        *PREAMBLES,
        *TRAILERS,
        *REPEATS,
        *NEGATIONS,
        *CONNECTORS,
        *ABOUT,
        *MANNER,
        *DEGREES,
        *EMPTY_WORDS,
        *HAVING,
        *CONDITIONS,
        *MOMENTS,
        *AFTER_CONDITION,
        *OTHERWISE,
        *BACK_REFERENCES,
    )
    return frozenset(word for text in texts for word in text.split())
