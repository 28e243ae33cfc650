"""Words around a clause that say nothing of the task: what may stand before it and behind it.

Patterns: ``(a|b c)`` stands for one of several, ``[a|b]`` for one of several or none.
"""

# ruff: noqa: E501 (a pattern is one line)

from __future__ import annotations

import re
from itertools import product

_PART = re.compile(r"\(([^)]*)\)|\[([^\]]*)\]|([^\s()\[\]]+)")


def expanded(text: str) -> tuple[str, ...]:
    """Return all phrases that the lines of a text stand for, each once."""
    found: dict[str, None] = {}
    for line in filter(str.strip, text.splitlines()):
        parts = []
        for one_of, optional, word in _PART.findall(line):
            options = [word] if word else (one_of or optional).split("|")
            parts.append([*options, ""] if optional else options)
        found.update((" ".join(" ".join(choice).split()), None) for choice in product(*parts))
    return tuple(found)


PREAMBLES = expanded(
    """
    (do|now|then|next|also|just|simply|so|and|to|quick|ok|okay|alright|all right|right|well|fine|great|good)
    (first|firstly|second|secondly|third|thirdly|fourth|fourthly|finally|lastly|last|at last|last of all|first of all)
    (hey|hi|hello|robot|dear robot|my friend|hey there|hi there|hello there|hey robot|hi robot|hello robot)
    (good morning|good evening|good afternoon|listen|look|please|kindly|um|uh|er|erm|hmm|oh|and now|right then|now then)
    (could|can|would|will|may|might) [you] [now|maybe|perhaps|possibly|also|then] [you]
    (could|can|would|will) (you|we) [now|maybe|perhaps|possibly|also] (be able to|have|go and|go ahead and|try to|manage to)
    (would|do) you mind
    with your (gripper|arm|hand)
    (could|can|may|might|must|should) (i|we) (ask|trouble|bother|beg) you to
    (could|would) you be so (kind|good|nice) (as to|and|to)
    (be|please be) so (kind|good|nice) (as to|and|to)
    be (kind|good|nice) (and|enough to)
    (i|we) (want|need|ask|order|command|expect|wish|tell|beg|require|request) you to
    (i|we) would (like|love|prefer) [for] you to
    (i|we) would (like|love) it if you (could|would)
    (i|we) would (appreciate|be glad|be happy|be grateful|be thankful|be obliged) [it] if you (could|would)
    (i|we) (was|were|am|are) (hoping|wondering|thinking|wishing) [that|if|whether] you (could|would|can|might) [maybe|perhaps|possibly]
    (i|we) (wonder|hope|wish) [that|if|whether] you (could|would|can)
    (i|we) (think|guess|suppose|believe|feel|reckon|hope) [that]
    you (should|must|may|can|could|need to|have to|are to|might|might want to|ought to) [now|also|then|please]
    (we|let us) (need to|should|have to|must|can|could|want to|will|now)
    let us [now|just|first]
    it (would|will) be (nice|great|good|lovely|helpful|perfect|wonderful|fantastic) [for me] if you (could|would|can)
    (if you could|if you would|if you please|if you can|if possible|if you do not mind|if you would not mind)
    (when you have|if you have|when you get|once you have) (time|a moment|a minute|a second|a chance|the time)
    (your|the|my|our) [next|first|new|last] (task|job|mission|goal|order|request) [for you] is [to]
    (next|new|first|last) (task|job|step|thing)
    (make|be) sure [you] to
    make sure [that] you
    (remember|try|proceed|continue|begin|start|prepare|get ready) to
    (try|go|come|go ahead|come on|go on) and
    (go ahead|go on|go|come on|feel free to)
    (start|begin|continue|finish|end|proceed|carry on|go on) [off] (by|with)
    (start|begin|finish|end) [off] by
    do not forget to
    (immediately|after that|after this|afterwards|afterward|after which|subsequently|thereafter|from there)
    (once|when|after|as soon as) [you are|that is|this is|it is|all that is|all this is|all of that is|everything is] [all] (done|finished|complete|through|ready) [with] [that|this|it]
    (once|when|after) you (have|are) (done|finished|completed) [with] (that|this|it|so)
    (in the end|at the end|to begin|to begin with|to start|to start with|to finish|in addition|furthermore|besides|additionally)
    (to finish off|to end|as a last step|as a first step|as the last step|as the first step|as a next step|in a next step)
    (time|it is time|high time) (to|for you to)
    (you|use the gripper|use your gripper|use your arm|use the arm|use your hand) to
    (make|have|let|get) the robot [to]
    (how|what) about [you]
    why do not (you|we)
    why not
    (do|could you do|would you do|can you do) (me|us) a (favour|favor) (and|,|:|.)
    would you do me the (favour|favor) of
    you know what
    with (the|your) (gripper|arm|hand) (,)
    (sort|tidy up|clean up|arrange|separate|divide|organise|organize|sort out|split up|distribute) [the things|things|everything|as follows|like this|this way] (:|,)
    let me (think|see)
    (actually|also|again|additionally|meanwhile)
    (thanks|thank you|cheers)
    (umm|uhm|ah|yeah|yep|yes|yo|howdy|hiya|greetings|anyway|anyways|buddy|pal|mate|sir)
    (all you have to do is|all you need to do is|what you have to do is|what i want you to do is|what you should do is|i just want you to)
    (the|your) (first|next|last|only|final|second|third) (thing|step|job|task) (to do|for you) is [to]
    (do|here are|there are|i have|i have got|you have|the following|these) (two|three|four|a few|some|several) (things|tasks|jobs|steps) [to do|for you|please|now] (,|.)
    (two|three|four|a few|some|several) (things|tasks|jobs|steps|orders) [to do|for you|please|now] (,|.)
    (do this|do the following|do as follows|do it like this|do this for me|it goes like this|here is what to do|this is what to do|here is the plan|the plan is|the plan) (,|.)
    (here is|this is) (your|the|my|a) [next|first|new|last] (task|job|mission|request|order|assignment) [for you] (,|.)
    (your|the|my|our) [next|first|new|last|only] (task|job|mission|goal|order|request|assignment|instructions|instruction) [for you|today|now] (,|.)
    (here is what|this is what) (i want|i need|we want|we need|i would like|to do|you should do|you have to do|you do) [you to do] (,|.)
    (reach|reach over|reach out|reach in|lean over|go over|come over|walk over|come here|go there|stretch out|reach down) and
    (can|could|may|might) i (get|ask|have|bother) you to
    (get|let me see|i want to see|i would like to see) you [to]
    (would|could) you (kindly|please|maybe|perhaps)
    (with|using|use) your (gripper|arm|hand|fingers|claw) [to|and]
    with a (push|nudge|shove)
    (i just|i only|i simply|we just) (want|need) you to
    it would be (nice|great|good|lovely|helpful|perfect|wonderful|fantastic|kind|cool|awesome) [of you] (if you could|if you would|if you can|if you|to have you|for you to)
    """
)
"""What may stand before a clause."""

TRAILERS = expanded(
    """
    (please|now|right now|immediately|at once|again|once again|once more|too|also|as well|instead|then|next|first)
    (quickly please|please now|now please)
    [a bit|a little] (for me|for us|for now|for a second|for a moment|for a minute|for a while)
    (thanks|thank you|cheers|ta|thx) [very much|so much|a lot|in advance|robot|my friend|mate|buddy]
    many thanks
    (does not it|is not it|would not it|should not it|will not it|you see|that is not good|that is good|that is nice)
    (robot|my friend|buddy|mate|my dear)
    (if you can|if possible|if you would|if you please|if you do not mind|if you like|if you could|if that is possible)
    (when you can|when you have time|when you have a moment|when you are ready|whenever you are ready)
    (would|will|could|can) you [please]
    (okay|ok|alright|right away|straight away|i guess|i think|i suppose|i would say|you know|do you hear)
    (a bit|a little|a little bit|slightly|somewhat|a tad)
    (completely|fully|all the way|properly|once|fast|quick|real quick|really quick|real fast)
    (afterwards|afterward|after that|after this|later|later on|finally|lastly|in the end|at the end|at last|in passing)
    (and|but) (that is it|that is all|nothing else|nothing more|no more)
    that is all
    (on|by|all by) (your own|yourself)
    (with|in|into|using) (your|the) (gripper|hand|arm|claw|fingers)
    (when|once|after|as soon as) you are (done|finished|ready|through) [with that|with this|with it]
    (when|once|after|as soon as) (that|this|it|everything|all that|all this) is (done|finished|complete|over)
    (when|once) (done|finished)
    [by|with|using|while] (pushing|nudging|shoving|sliding|moving|bumping) [it|them]
    (with|by) (a|one|another) (push|nudge|shove)
    (if necessary|if need be|if needed|if required|if it is necessary|if it is needed|should it be necessary|where necessary)
    (otherwise|else|or else|if not) [just] (do nothing|leave it|leave it alone|leave it as it is|leave it be|leave it there|it is fine|that is fine|nothing|keep it as it is|keep it that way|leave it that way|leave it like that|it can stay|nothing is to be done)
    (nothing else|nothing more|and nothing else|no more|and that is all|and that is it|and nothing more)
    [and] (one|a single|just one) time
    (wide|all the way|as far as it goes|as far as possible|completely)
    (one by one|one after the other|one after another|one at a time|in turn|together|at the same go|in one go|at a time)
    (of your choice|of your choosing|you like|you want|as you like|as you wish|at random)
    (already|for good|again please|as a last step|as the last step|as a final step|as the final step|as a first step|as the first step|at the very end|in the final step|to finish|to finish off|to start with|to begin with|last|last of all|first of all|first thing)
    """
)
"""What may stand after a clause."""
