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
    "back": "back|down|over|across|up|away|straight|all|directly|off|right|safely|over there",
    "from": """out of|from|off|off of|from inside|from within|out from|out from inside|from inside of|out
        |away from|back out of|down from|up from|away off""",
    "should": """must|should|shall|has to|have to|needs to|need to|ought to|is supposed to|are supposed to|is meant to
        |are meant to|is to|are to|will|would|wants to|want to|had better|could|can|may|might""",
    "ensure": """make sure|make sure that|ensure|ensure that|see to it that|see that|check that|verify that|be sure that
        |make certain that|take care that|i want to see that|be sure""",
    "be": """is|are|be|goes|go|ends up|end up|belongs|belong|gets|get|lies|lie|sits|sit|stands|stand|comes|come|lands|land
        |rests|rest|stays|stay|remains|remain|moves|move|drops|drop|hangs|hang|lives|live|was|were""",
    "goes": "goes|go|belongs|belong|gets|comes|come|moves|move|lands|land|lives|live|fits|fit",
    "is": "is|are|was|were|has been|have been|happens to be|happen to be|gets|is being|lies|lie|sits|sit|stands|stand|rests",
    "want": """i want|we want|i need|we need|i would like|we would like|i would love|i would prefer|we would prefer|i wish
        |have|let me have|i want to have|i would like to have|i want to see|i would like to see|i need to have|i prefer
        |i would be happy with|i expect|let us have|we could have|can we have|could we have|can i have|could i have
        |may i have|i would love to have|i would love to see|we want to have|we need to have|i would rather have|we expect
        |there should be|there must be|there has to be|there have to be|there needs to be|there need to be""",
    "reject": """i do not want|we do not want|i would not like|i do not like|i do not need|we do not need|i want no more
        |i would rather not have|i do not want to see|there should not be|there must not be|there should be no""",
    "beside": """next to|beside|near|by|behind|in front of|left of|to the left of|right of|to the right of
        |between|under|below|beneath|underneath|around|against|close to|alongside""",
    "person": "me|us|him|her|them",
    "still": "already|still|currently|now|yet|there|right now|at the moment|again",
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
place         1  (let|make|have|see|get) {object} (go|fall|drop|be|end up|land|disappear|sit|lie|rest|to go) <where> {place}
place         1  fill {place} with {object}
place         2  get {object} <where> {place}
place         2  get {object} [@back] <where_into> {place}
place         2  {object} (@should) [all|both|now|also|then] (@be) [placed|put] <where> {place}
place         2  {object} [all|both|now|also|then] (@goes) <where> {place}
place         2  (@ensure) {object} (@be) [placed|put] <where> {place}
place         2  (@want) {object} [all|both] [to be|to go|to end up|placed|put|to be placed|to be put|to sit|to land|sitting|lying|standing|to stand|to lie|to rest|resting] <where> {place}
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
take_out      1  {object} (goes|go|comes|come) (out of|off|away from) {source}
take_out      1  {object} (@should) (@be) (from) {source} <where> {place}
take_out      1  {object} (goes|go|moves|move) (from|out of) {source} <where> {place}
take_out      2  (take|get|pull|lift) out {object}
take_out      2  (take|get|pull|lift) {object} out
take_out      2  remove {object}
not_there     1  {object} (@should) not [@still] (@be) [@still] <where> {place}
not_there     1  (@reject) {object} [to be|to stay|to remain|lying|sitting|standing] <where> {place}
empty         1  (@empty) {object}
empty         1  (@empty|@tidy) {source} <where> {place}
tidy          3  (@tidy) {source} [up|off|out]
tidy          3  (tidy|clean|clear) up
tidy          1  (make|get|have|leave|keep|set) {source} (@empty_state)
tidy          1  {source} (@should) be [completely|totally|all|again] (@empty_state)
tidy          1  (@want) {source} [to be|made|completely|all] (@empty_state)
tidy          1  (@want) (a|an) (@empty_state) {source}
tidy          0  nothing (@should) [@still] (@be) [left|lying|standing] (on|in) {source}
tidy          0  (@want) nothing [left|lying|standing] (on|in) {source}
tidy          0  (@reject) anything [left|lying|standing] (on|in) {source}
disturb       3  (touch|disturb|handle|knock over|tip over|mess with|use|move|grab|pick up) {object}
leave         2  (leave|keep|let) {object} (@unmoved)
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
drawer_state  1  (@handle) {object} [to] [@back] <state>
drawer_state  4  {object} <state>
drawer_unlike 1  {object} (@should) not (@be) [left|hanging|standing|kept] <state>
drawer_unlike 1  (@reject) {object} [to be|left|to stay] <state>
drawer_unlike 1  do not (leave|keep|let) {object} [be|stay|hanging|standing] <state>
drawer_inside 3  (let me|let us|i want to|i need to|i would like to|we need to) (see|look|reach|get|look at|get at|have a look|take a look|peek) [what is] (inside|into|in|inside of) {object}
drawer_inside 3  (@want|give me) (access to|something from|something out of|a look into|a look inside|to get at) [the inside of|inside] {object}
drawer_inside 3  make {object} accessible
tower         1  (make|build|form|erect|set up|create) (a|one) (tower|stack|pile) (of|from|with|out of) {object}
tower         0  (make|build|form|erect|set up|create) (a|one) (tower|stack|pile) (of|from|with|out of) {object} [,] [with] {source} (at|on|as) [the] (bottom|base)
tower         1  (stack|pile) {object} [,] from bottom to top
mention       6  (there is|there are|there lies|there stands|here is|look at|see|you see|do you see|can you see|you know|consider|about|regarding|as for|of|out of|among|from) {named}
mention       6  {object} (@is) [@still] <where> {place}
mention       6  {object} (@is) [@still] <state>
fragment     15  {object} [,] <where> {place}
mention      20  {named}
leave         4  with the exception of {object}
same         12  [do|the] the same [goes] (with|for|to) {object}
same         12  (so|likewise|as) (does|do|should|must|shall|is|are|will|can) {object}
same         12  {named} (too|as well|also|likewise|and so on)
same         12  (likewise|similarly|ditto) [for|with] {object}
"""
"""Sense, rank and pattern of every task."""

PASSIVES = (
    ("", "(@should) be [now|then|also|all|both|first]"),
    ("", "(gets|get|is|are|is to be|are to be) [then|now|also]"),
    ("(@want)", "[to be|to get] [all|both]"),
    ("", "(needs|need|wants|want|requires|require)", "base"),
)
"""How the passive of a clause asks for it: the words before the thing, those after it, and the verb's form."""

DONE = (("", "(is|are|has been|have been|was|were|gets|get) [all|both]"),)
"""How the passive of a clause says that it was done."""

STATES = """
is      {object} (@is) [@still] <polarity> [@still] <state> [@still]
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
    """when|once|as soon as|after|the moment|only when|only after|only once|and when|as|now that|immediately after|right after"""
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
    "state": {"open": ("open", "opened", "out", "ajar"), "closed": ("closed", "shut", "close", "back in", "in", "to")},
    "polarity": {"not": ("not", "not yet", "no longer", "not any more"), "": ("",)},
}
"""Groups of words whose choice matters; it is kept under the first word of the group's name."""

_TOOL = "(the|your|its) (gripper|arm|hand|robot arm|tool|claw|fingers|end effector)"

BEGINNINGS: Mapping[str, tuple[str, ...]] = {
    "pick up": alternatives(VERBS["grasp"]),
    "move to": (
        *alternatives(
            """move to|move over to|move towards|move yourself to|travel to|head to|head over to|drive to|navigate to
            |approach|come to|reach for|point at|aim at|get to|move up to|get over to"""
        ),
        *expanded(
            f"""
            (move|bring|get|take|position|place|put|hold|fly|drive|send|raise|guide|steer|set|lift|park) {_TOOL} (to|over|above|over to|on top of|right above|right over|towards|up to)
            """
        ),
    ),
    "go to": ("go to", "go over to", "go towards", "go up to"),
    "move above": ("move above", "move over", "go above", "go over", "go on top of", "get above", "get over"),
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
        """really|actually|basically|just|kindly|very|quite|simply|um|uh|er|erm|hmm|maybe|perhaps|literally
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

CONNECTORS = alternatives(
    """and then|and|then|but|yet|while|followed by|before you|before|prior to|after you|after|without|plus|so
    |along with|together with|and after that|and afterwards|as well as|and also|in order to|whereas|with"""
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
