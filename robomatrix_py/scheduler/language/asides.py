"""What people say beside a task: that their hands are full, that guests are coming, how kind it would be.

Such words ask for nothing and change nothing, so they may be passed over; but only as they stand here. A clause that
is not known is never taken for an aside: it may hold a condition, a warning or a ban (`my hand is in the drawer`).

Patterns are read by :mod:`robomatrix_py.scheduler.language.patterns`; an aside ends at a comma, a full stop, or before
`so`, `but` and `and`.
"""

# ruff: noqa: E501 (a pattern is one line)

from __future__ import annotations

from collections.abc import Mapping

from robomatrix_py.scheduler.language.patterns import Element, Words, compile_pattern

_LISTS: Mapping[str, str] = {
    "degree": "very|really|quite|so|too|rather|pretty|still|all|a bit|a little|just|already|always|currently|now|almost|nearly|terribly|extremely|awfully|kind of|such",
    "time": "today|tonight|soon|right now|now|at the moment|again|already|later|this morning|this evening|this afternoon|in a minute|any minute|any time soon|these days|for once|as usual|as always",
    "guests": "guests|visitors|people|friends|my friends|the kids|the children|my kids|my children|my parents|my family|everyone|everybody|company|my guests|our guests|the guests|the boss|my boss|my mother|my mom|my mum|my wife|my husband",
    "meal": "dinner|lunch|breakfast|tea|coffee|food|the food|supper|the meal",
    "place": "place|room|table|desk|kitchen|house|workspace|workplace|area|lab|office|bench|flat",
    "untidy": "a mess|messy|untidy|cluttered|crowded|dirty|chaotic|a disaster|full|too full|disorganised|disorganized|a bit of a mess|such a mess|in disorder|not tidy|not clean",
    "tidy": "tidy|clean|nice|neat|nicer|tidier|cleaner|orderly|neater|better|pretty",
    "busy": """busy|tired|late|hungry|thirsty|cold|sick|lazy|stressed|exhausted|bored|in a hurry|in a rush|on the phone|on a call
        |in a meeting|cooking|working|running late|short of time|about to leave|tidying up|cleaning up|tidying|cleaning
        |expecting guests|expecting visitors|having guests|having visitors|a bit busy|old|sitting|eating|not feeling well|unwell|sleepy""",
    "pleasant": """great|nice|lovely|perfect|wonderful|fantastic|awesome|good|helpful|very kind|kind|super|brilliant|amazing|excellent
        |much appreciated|very nice|very helpful|a great help|a big help|all|it|fine|sweet|so kind""",
    "thankful": "grateful|very grateful|so grateful|happy|very happy|so happy|thankful|very thankful|glad|delighted|obliged|much obliged|pleased",
}

_PATTERNS = """
(my|our) (hands) are [@degree] (full|dirty|wet|busy|tied|greasy|sticky|sore|occupied|not free|shaky|cold) [@time]
(my|our) (back|arm|arms|leg|legs|knee|knees|shoulder|feet|wrist|neck|head) (hurts|hurt|aches|ache|is sore|are sore|is bad|is killing me|is broken) [@degree] [@time]
(i have|i have got|we have|we have got|i got) (my hands full|our hands full|no time|no free hand|no hand free|other things to do|work to do|a lot to do|a headache|guests|visitors|company|a cold|so much to do) [coming over|coming] [@time]
(i am|we are) [@degree] (@busy) [@time]
(i|we) (can not|could not) (reach|get to|manage|do|lift|carry) (it|that|this|them) [myself|ourselves|from here|alone|on my own|right now]
(@guests) (is|are|will be) [@degree] (coming|coming over|arriving|waiting|here|on their way|hungry|about to come|about to arrive|visiting) [over|for dinner|for lunch] [@time]
(@meal) (is|will be) [@degree] (ready|done|served|on its way|getting cold) [@time]
(it is|it looks) [@degree] (late|early|@untidy|getting late|dark|cold|me|monday|friday|the weekend|a nice day) [here|in here|around here|on here] [@time]
(this|the|my|our) (@place) (is|looks) [@degree] (@untidy) [here] [@time]
(what) [a|an] (mess|day|lovely day|nice day|beautiful day|chaos|disaster|long day|a mess)
(sorry|excuse me|pardon|pardon me|pardon the interruption|apologies|my apologies|forgive me|i am sorry|so sorry) [again|robot|about that|for that]
(sorry|i am sorry|apologies|i hate|i do not want) (to|for) (bother|bothering|trouble|troubling|disturb|disturbing|interrupt|interrupting) (you) [again|with this]
(good|great|nice|fine|excellent|well|awesome|amazing|superb|splendid) (job|work|robot|going|done|morning|evening|afternoon|day) [so far|today|robot|there|everyone]
you are (doing|being) (great|well|good|fine|very well|a great job|a good job|amazing|excellent|so well) [so far|today]
(you are|you have been) [@degree] (the best|great|kind|a star|a lifesaver|awesome|amazing|wonderful|a dear|an angel|helpful|good at this|a good robot|a great robot)
(that|this|it) is [not] [@degree] (good|bad|fine|nice|great|wrong|ok|wonderful|annoying|ugly|untidy|right)
no (rush|hurry|pressure|stress|worries|problem) [at all]
(by the way|as you can see|as you know|as you see|before i forget|as i said|as discussed|like i said|as always|as usual|as before|to be honest|honestly|frankly|one more thing|another thing|last thing|first things first|next up|for starters|all in all|if i may|if i may ask|just so you know|long story short|speaking of which|in that case then)
(since|as|because|now that|while|seeing that|given that) you are [@degree] (here|there|at it|already there|free|not busy|around|ready|awake|on|idle)
(i know|i am afraid|i see|i fear|i realise|i realize|i understand) [that] it is [@degree] (late|early|a lot to ask|boring|annoying|short notice|not much|not your job|a bother)
i (would|could) do it myself
(i have|i have got|there is) (a|another|one more|one|a small|a little|a quick|a simple|an easy) (task|job|request|favour|favor|thing|wish|mission) [for you|to ask|for us]
(i need|i could use|we need|we could use|i would like) (your help|some help|a little help|a bit of help|help|a hand|a helping hand) [with this|with something|here|please]
(could|can|would|will) you help (me|us) [out] [with this|with something|please|here]
help (me|us) [out] [please|here|with this]
(i was|i am|i have been|we were) [just] (thinking|wondering) [about this|about it]
(i|we) (want|would like|have decided|was told|need|decided) [to] (tidy up|clean up|make some space|make space|make room|make some room|get this done|get some order|have some order) [here|now|today|a bit]
(let me|let us) (think|see|have a look)
(that|this|it) (would|will|should) (be) [@degree] (@pleasant) [thanks|thank you|of you|robot]
(would be|that is|it is) [@degree] (great|nice|lovely|perfect|wonderful|fantastic|awesome|kind of you|very kind of you|nice of you|sweet of you)
(i|we) would be [@degree] (@thankful) [to you|for that|about that]
(i|we) [would|will|really] (appreciate|be thankful for|owe you for) (it|that|this) [a lot|very much|so much|greatly]
(i|we) (will|would) owe you [one]
[and] [please and] (thank you|thanks|many thanks|thanks a lot|thank you very much|thank you so much|thanks so much|thanks in advance|thank you in advance|cheers|much appreciated|bye|ta|thanks a bunch|thanks a million|love you)
[because|since|as|for] (i|we) need (the|some|more|a bit of|the extra) (space|room) [here|there|on the table]
[because|since|as|for] (it is|it was|they are) [@degree] (in my way|in the way|in our way|not needed|no longer needed|not needed any more|not needed anymore|dirty|old|empty|in the wrong place|out of place|mine|garbage|rubbish|trash|done|useless|broken|annoying|annoying me|bothering me)
[because|since|as|for] (i|we) (do not need it|do not want it there|no longer need it|do not like it there|do not need them|no longer need them|am done with it|am finished with it|are done with it|have no use for it) [any more|anymore|any longer|now|at the moment|right now]
(so that|so) (the|this|my|our|it|everything) [@place] (looks|is|stays|will be|will look) [@degree] (@tidy) [again]
(so that|so) (i|we) (can|could) (work|eat|cook|sit down|find it|find it later|find them|see|start|get going|have more space|have more room|use the table|relax) [here|there|again|later]
(like|as) (a good robot|i said|always|before|usual|i told you|you always do|you did before)
be (a dear|an angel|a good robot|a good boy|a good sport|a sweetheart|a pal|a star|a darling|a love|quick|so nice|quick about it)
(time|it is time|let us start|today is the day) to (tidy up|clean up|work|get going|get started|do some work)
(today|first|now) we (tidy up|clean up|are tidying up|are cleaning up|work)
(does that make sense|got it|understood|is that clear|is that ok|is that okay|is that all right|can you do that|can you manage|can you manage that|could you do that|would you do that|can you do that for me|could you do that for me|would that be possible|would that work|agreed|deal)
(it does not matter|no matter|i do not care|i do not mind|it is all the same|it makes no difference|it is not important|does not matter) [to me] (which|which one|which ones|which of them|how|in which order|in what order|what order)
(whichever|any|whichever ones|whichever one) [ones|one|of them] (you like|will do|you want|you prefer|you choose|is fine|are fine|works)
(in any order|the order does not matter|in whatever order|in whichever order|order does not matter|in the order you like|in any order you like)
[the] (choice|pick) is yours
(one after the other|one after another|one by one|one at a time)
(i think|i guess|i suppose|i believe|i would say|if you ask me|i reckon)
"""


def _compiled(line: str) -> tuple[Element, ...]:
    for name, words in _LISTS.items():
        line = line.replace(f"@{name}", " ".join(words.split()))
    return compile_pattern(line, {}, {})


def _by_first_word() -> Mapping[str, tuple[tuple[Element, ...], ...]]:
    """Return the asides by the words that they may begin with."""
    found: dict[str, tuple[tuple[Element, ...], ...]] = {}
    for elements in map(_compiled, filter(str.strip, _PATTERNS.splitlines())):
        firsts: set[str] = set()
        for element in elements:
            if not isinstance(element, Words):
                break
            firsts |= set(element.by_first) - {""}
            if "" not in element.by_first and not element.optional:
                break
        for first in firsts:
            found[first] = (*found.get(first, ()), elements)
    return found


ASIDES: Mapping[str, tuple[tuple[Element, ...], ...]] = _by_first_word()
"""The asides by the words that they may begin with."""

ASIDE_WORDS = frozenset(
    word
    for patterns in ASIDES.values()
    for elements in patterns
    for element in elements
    if isinstance(element, Words)
    for option in element.options
    for word in option
)
"""Every word of an aside."""
