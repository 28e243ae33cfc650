"""The grammar of clauses as data: everyday tasks, other words for skills' phrases, and the words in between.

Patterns are read by :mod:`robomatrix_py.scheduler.language.patterns`; ``@name`` stands for a list of words
given here.
"""

from __future__ import annotations

from collections.abc import Mapping


def alternatives(text: str) -> tuple[str, ...]:
    """Return the parts of a text between bars, with single spaces."""
    return tuple(" ".join(part.split()) for part in text.split("|"))


WORD_LISTS: Mapping[str, str] = {
    "put": """put|place|store|stow|throw|toss|stack|set|lay|insert|deposit|stash|stick|pop|slip|tuck|drop
        |dump|load|return|pile|relocate|transfer|deliver|bring|carry|move|send|shift|haul|drag
        |stand|hide|chuck|rest|park|add|leave|fit|sling|drop off|put down|set down""",
    "put_idle": """put|place|store|stow|throw|toss|stack|insert|deposit|bring|carry|move|transfer|relocate
        |deliver|stash|load|stand|hide""",
    "fetch": "take|get|fetch|lift|pick up",
    "take": "take|get|remove|pull|bring|fetch|retrieve|extract|move|unload|withdraw|clear",
    "lift": "pick|pick up|lift|lift up|grab|grasp|fish",
    "back": "back|down|over|across|up|away|straight|all|directly|off",
    "from": """out of|from|off|off of|from inside|from within|out from|out from inside|from inside of|out""",
    "should": """must|should|shall|has to|have to|needs to|need to|ought to|is supposed to|are supposed to
        |is to|will""",
    "ensure": """make sure|make sure that|ensure|ensure that|see to it that|see that|check that|verify that
        |be sure that""",
    "is": "is|are|be|goes|go|ends up|end up|belongs|belong|gets|get|lies|sits|stands|comes|lands",
    "want": """i want|we want|i need|we need|i would like|we would like|i would love|i would prefer|i wish
        |have|let me have""",
    "beside": """next to|beside|near|by|behind|in front of|left of|to the left of|right of|to the right of
        |between|under|below|beneath|underneath|around|against|close to|alongside""",
    "harm": """break|smash|destroy|kill|hurt|stab|punch|slap|burn|crush|attack|harm|kick|injure|shatter
        |damage|beat|cut|strangle|poison|bite|explode|squash|crash|fight|ruin|shoot|choke|hurl|fling""",
    "person": "me|us|him|her|them",
}
"""Words that may stand for each other in the patterns of tasks."""

TASKS = """
harm          4  (@harm) {object}
harm          4  (throw|toss|hurl|fling|fire|launch) {object} (at|against|through|out of) {place}
hand_over     1  (give|hand|bring|pass|get|fetch|throw|offer|show|serve) (@person) {object}
hand_over     1  (give|hand|pass|bring|take|throw|offer|deliver) {object} [over] to (@person)
place         1  (@put) {object} [@back] <where> {place}
place         1  (@put) (down|back|away) {object} <where> {place}
place         1  (@put) {object} <where_there>
place         1  (@fetch) {object} [@back] <where_into> {place}
place         1  (drop|release|let go of) {object} <where_over> {place}
place         1  let {object} (go|fall|drop) <where_over> {place}
place         1  let {object} (go|fall|drop) <where> {place}
place         1  fill {place} with {object}
place         2  get {object} <where> {place}
place         2  {object} (@should) (@is) [placed|put] <where> {place}
place         2  {object} (goes|go|belongs|belong) <where> {place}
place         2  (@ensure) {object} (@is) [placed|put] <where> {place}
place         2  (@want) {object} [to be|to go|to end up|placed|put|to be placed|to be put] <where> {place}
place_beside  3  (@put) {object} [@back] (@beside) {place}
place_nowhere 10 (@put_idle) {object} [@back]
place_nowhere 10 put away {object}
place_nowhere 10 (@want) {object}
dispose       1  (throw|toss|chuck) away {object}
dispose       1  (throw|toss|chuck) {object} (away|out)
dispose       1  (discard|trash|bin|dispose of|get rid of|throw out) {object}
take_out     -1  (@take) {object} (@from) {source}
take_out     -1  (@lift) {object} (out of|out from) {source}
take_out     -1  (@take|@lift) {object} (@from) {source} [and] <where> {place}
take_out     -1  (take|get|pull|lift) out {object} (of|from) {source}
take_out      2  (take|get|pull|lift) out {object}
take_out      2  (take|get|pull|lift) {object} out
take_out      2  remove {object}
empty         1  (empty|empty out|clear out|unload) {object}
disturb       3  (touch|disturb|handle|knock over|tip over|mess with|use) {object}
tidy          3  (clear|clear off|tidy|tidy up|clean|clean up|clean off) {source}
tidy          3  (tidy|clean) up
drawer_state  1  (@ensure) {object} (@is) <state>
drawer_state  1  {object} (@should) be <state>
drawer_state  1  (@want) {object} [to be] <state>
drawer_state  1  (leave|keep|get|make) {object} <state>
"""
"""Sense, rank and pattern of every task."""

GROUPS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "where": {
        "in": ("in", "into", "inside", "inside of", "within", "in to"),
        "on": ("on", "onto", "on to", "upon", "on top of", "atop"),
        "to": ("to", "over to", "across to", "over into", "over onto", "towards", "toward"),
    },
    "where_into": {"in": ("into", "inside", "in to"), "to": ("to", "over to", "onto", "on to", "across to")},
    "where_there": {
        "in": ("in", "inside", "in there", "therein", "back in", "back inside"),
        "on": ("on", "on there", "on top", "back on"),
        "to": ("there", "over there", "back there"),
    },
    "where_over": {"to": ("over", "above", "right over", "right above")},
    "state": {"open": ("open", "opened"), "closed": ("closed", "shut", "close")},
}
"""Groups of words whose choice matters; it is kept under the first word of the group's name."""

BEGINNINGS: Mapping[str, tuple[str, ...]] = {
    "pick up": alternatives(
        """pick|pick up|get|get hold of|take hold of|grab hold of|lift up|raise|seize|fetch|grip|collect
        |catch|snatch|clutch|hold up|hold on to|hold onto"""
    ),
    "move to": alternatives(
        """move to|move over to|move towards|move yourself to|move the gripper to|move the gripper over
        |move the gripper above|move the gripper over to|move the arm to|move the arm over
        |move the arm above|move your arm to|move your gripper to|move your hand to|move your arm over
        |move your gripper over|bring the gripper to|bring the gripper over to|bring your gripper to
        |bring the arm to|travel to|head to|head over to|drive to|navigate to|approach"""
    ),
    "go to": ("go to", "go over to", "go towards"),
    "move above": ("move above", "move over", "go above", "go over", "position yourself above"),
    "hover over": (
        "hover over",
        "hover above",
        "hover at",
        "stay above",
        "wait above",
        "position yourself over",
    ),
    "open": ("open", "open up", "reopen", "unclose", "slide open", "draw open", "pull open"),
    "close": ("close", "close up", "reclose", "slide shut", "slide closed", "push closed"),
    "press": alternatives(
        """press|press on|press down|press down on|push on|push down|push down on|tap|tap on|click
        |click on|toggle|ring|trigger|activate"""
    ),
    "release": ("release", "let loose of", "unhand", "set down", "lay down", "place down"),
    "position": ("position", "suspend", "keep", "hover"),
}
"""How a skill's phrase may begin to other ways to begin it, where an argument follows at once."""

BEGINNINGS_WITH_CHOICE: Mapping[str, tuple[str, ...]] = {
    "push": ("push", "move", "shift", "budge", "scoot", "pull", "drag", "poke", "displace"),
}
"""The same for phrases with a choice, such as a direction."""

WITHOUT_ARGUMENT: Mapping[str, tuple[str, ...]] = {
    "let go of": ("let go",),
    "release": ("open (the|your) (gripper|hand|fingers|claw)",),
}
"""How a skill's phrase may begin to ways to ask for it that name nothing."""

INNER_WORDS: Mapping[str, str] = {
    "over": "(over|above)",
    "above": "(above|over)",
    "to": "(to|towards|toward|over to)",
    "shut": "(shut|closed|close)",
    "open": "(open|opened)",
}
"""Words within a skill's phrase to words of the same meaning."""

PARTICLES = frozenset({"up", "down", "out", "in", "open", "shut", "closed", "off", "on", "away"})
"""Words that may stand behind the object: `pick {object} up`."""

DIRECTIONS: Mapping[str, tuple[str, ...]] = {
    "left": alternatives(
        "left|leftward|leftwards|to the left|to your left|towards the left|to the left side|to left"
    ),
    "right": alternatives(
        "right|rightward|rightwards|to the right|to your right|towards the right|to the right side|to right"
    ),
    "forward": alternatives(
        """forward|forwards|ahead|straight ahead|away|away from you|away from yourself
        |away from the robot|further away|farther away|outward|outwards|to the front"""
    ),
    "backward": alternatives(
        """backward|backwards|back|towards you|toward you|towards yourself|toward yourself
        |towards the robot|toward the robot|to you|to yourself|closer|closer to you|closer to yourself
        |nearer|to the back"""
    ),
}
"""Directions as seen from the robot's base, to how people say them."""

PREAMBLES = alternatives(
    """please|kindly|do|now|then|next|first|firstly|second|secondly|third|thirdly|finally|lastly
    |at last|also|just|simply|so|well|ok|okay|alright|all right|hey|hi|hello|robot|dear robot|and
    |could you|can you|would you|will you|would you mind|do you mind|could i ask you to
    |may i ask you to|i want you to|i would like you to|i need you to|we need you to
    |i would love you to|you should|you must|you need to|you have to|you can|you are to|we need to
    |we should|let us|go ahead and|try to|try and|be so kind as to|be so kind and|be kind and
    |your task is to|your job is to|the task is to|make sure to|make sure you|be sure to
    |remember to|i ask you to|it would be nice if you could|it would be great if you could
    |if you could|if you please|go and|come and|start by|begin by|start with|continue by|quickly
    |slowly|carefully|gently|immediately|after that|after this|afterwards|afterward|after which
    |once you have|after you have|when you have|after having|having
    |subsequently|thereafter|once done|once you are done|when done|when you are done
    |once that is done|in the end|at the end|to begin|to start|in addition|furthermore
    |i order you to|i command you to|you may|quick|time to|it is time to|you to|use the gripper to
    |use your gripper to|use your arm to|use the arm to|proceed to|make the robot|have the robot
    |i would appreciate it if you could|would you be so kind as to|could you be so kind as to|to"""
)
"""What may stand before a clause and says nothing of the task."""

TRAILERS = alternatives(
    """please|now|right now|immediately|at once|again|once again|once more|too|also|as well|for me
    |for us|thanks|thank you|thank you very much|many thanks|thanks a lot|carefully|gently|slowly
    |quickly|softly|fast|robot|if you can|if possible|if you would|if you please|would you
    |will you|could you|can you|okay|ok|first|next|straight away|right away|a bit|a little
    |a little bit|slightly|completely|fully|all the way|properly|firmly|once|afterwards|afterward
    |after that|finally|in the end|then|and that is it|and that is all|that is all|somewhat|a tad
    |on your own|by yourself"""
)
"""What may stand after a clause and says nothing of the task."""

MANNER = frozenset({"slowly", "quickly", "gently", "carefully", "softly", "fast", "firmly", "quick"})
"""How to move: understood, but speed and force are not for the planner to set."""

DEGREES = ("a bit", "a little", "a little bit", "a tad", "slightly", "somewhat")
"""How much: understood, but too vague to change a figure."""

EMPTY_WORDS = frozenset({"really", "actually", "basically", "just", "kindly", "very", "quite", "simply"})
"""Words that say nothing wherever they stand."""

HAVING = frozenset({"have", "having"})
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
    |you do not have to"""
)
"""What rules a clause out."""

CONNECTORS = alternatives("and then|and|then|but|followed by|before you|before|after you|after|without|plus")
"""What may stand between two clauses, besides a comma or a full stop."""

ABOUT = frozenset({"by", "about", "around", "for", "roughly", "some", "another"})
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
    )
    return frozenset(word for text in texts for word in text.split())
