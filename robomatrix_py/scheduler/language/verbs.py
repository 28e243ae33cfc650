"""Verbs by what they ask of the robot.

Classes and most members follow B. Levin, English Verb Classes and Alternations (University of Chicago Press, 1993):
verbs of putting (9.1 to 9.4), sending and carrying (11), removing (10), getting (13.5.1), holding (15), pushing and
pulling (12), poking and touching (19, 20), throwing (17), hitting (18), breaking (45.1), destroying (44), killing (42),
cutting (21) and hurting (40.8). An unknown verb is mapped to one of these classes by being in it, never by its look.
"""

from __future__ import annotations

from collections.abc import Mapping

VERBS: Mapping[str, str] = {
    # To a place that is said. Throwing into a container that stands there is done by putting.
    "put": """put|place|store|stow|throw|toss|stack|set|lay|insert|deposit|stash|stick|pop|slip|tuck|drop|dump
        |load|return|pile|relocate|transfer|deliver|bring|carry|move|send|shift|haul|drag|stand|hide
        |chuck|rest|park|add|leave|fit|sling|drop off|put down|set down|lay down|place down|put away
        |keep|arrange|install|lodge|mount|position|situate|perch|lean|sit|settle|balance|plant|station
        |nestle|wedge|cram|stuff|pack|unload|shelve|file|archive|plonk|plunk|plop|dip|lower|sink|immerse
        |submerge|heap|convey|dispatch|ferry|ship|shunt|sneak|smuggle|transport|bring over|lug|tote
        |heave|hoist|schlep|cart|slide|roll|shove|push|scoop|sweep|tidy|clean|clear|gather|collect
        |assemble|group|accumulate|lob|flip|discard|dispose of|ditch|bin|reposition|rehome
        |dunk|squeeze|jam|thrust|house|land|pitch|bung|rehouse|banish|commit|whisk|hurry
        |stow away|pack away
        |store away|hide away|tuck away
        |displace|enclose|file away|transplant|swing|ease|guide|steer|direct|distribute|entrust|consign""",
    "put_idle": """put|place|store|stow|throw|toss|stack|insert|deposit|bring|carry|move|transfer|relocate|deliver
        |stash|load|stand|hide|shift|send|drag|haul|pop|stick|set|lay|leave|pass|transport|convey
        |arrange|position|ship|file|pack""",
    "fetch": "take|get|fetch|lift|pick up|grab|pick|collect|gather|carry|bring|choose|select",
    "choose": "choose|select|pick out|pick|take|grab|get|collect|gather|find|fetch|lift",
    "take": """take|get|remove|pull|bring|fetch|retrieve|extract|move|unload|withdraw|clear|grab|lift|draw|pick
        |pick up|separate|evacuate|eject|collect|rescue|recover|free|drag|hoist|transfer|relocate|carry
        |scoop|fish|dig|pluck|haul|salvage|release|obtain""",
    "lift": "pick|pick up|lift|lift up|grab|grasp|fish|scoop|dig",
    "grasp": """pick|pick up|get|get hold of|take hold of|grab hold of|lift up|raise|seize|fetch|grip|collect
        |catch|snatch|clutch|hold up|hold on to|hold onto|clasp|clench|secure|retrieve|obtain|gather up
        |acquire|scoop up|hoist|hoist up|take up|capture|get a hold of|get a grip on|take a hold of
        |take a grip on|close your gripper on|close your gripper around|close the gripper on
        |close the gripper around|lay hold of|pinch up|procure|elevate""",
    "press": """press|press on|press down|press down on|push on|push down|push down on|tap|tap on|click|click on
        |toggle|ring|trigger|activate|depress|poke|prod|jab|jab at|poke at|punch|punch in|punch down
        |thump|bump|bop|rap|pat|nudge|touch|knock on|operate|actuate|engage|use|beep|buzz|turn on
        |switch on|flip|flip on|switch|work|hit on|strike|smack|slap|bash|hammer|bang|bang on|press in
        |push in|squeeze|fire|set off|sound|start|hit|try|dab|put your finger on|put pressure on
        |apply pressure to|lean on|stab|hold down|tick|peck|peck at|tip""",
    "push": """push|move|shift|budge|scoot|pull|drag|poke|displace|bump|prod|slide|jog|jostle|scooch|roll|tap
        |ease|propel|shunt|thrust|bring|sweep|tug|draw|guide|jolt|dislodge|lead|send""",
    "open": """open|open up|reopen|unclose|unshut|slide open|draw open|pull open|unlatch|unlock|unseal|unfasten
        |unbolt|uncover|extend|draw out|slide out|tug out|yank out|undo|expose|access|release|unbar
        |unstick|part""",
    "close": """close|close up|reclose|slide shut|slide closed|push closed|push to|push in|push back in|seal
        |seal up|lock|lock up|latch|fasten|bolt|retract|shut up|slam|bang|slam shut|bang shut|close off
        |secure|bar|slide in|slide back in|slide back|put back in|shove in|return|conceal""",
    "handle": """pull|push|slide|draw|yank|tug|wrench|prise|pry|prize|jerk|ease|crack|swing|slam|bang|shove|snap
        |bolt|lock|force|click|flick|throw|roll|heave|haul|thrust|ram|move|knock|nudge|jam|lever
        |flip|put|bring|bump|crank|drag|wiggle|work|kick|get|have|make|keep|leave|see|find|turn|tap|hit
        |ratchet|glide|squeeze""",
    "harm": """break|smash|destroy|kill|hurt|stab|punch|slap|burn|crush|attack|harm|kick|injure|shatter|damage
        |beat|cut|strangle|poison|bite|explode|squash|crash|fight|ruin|shoot|choke|hurl|fling|smack
        |whack|wallop|thrash|bash|batter|clobber|strike|pound|hammer|pummel|spank|whip|lash|slam
        |annihilate|demolish|devastate|obliterate|wreck|vandalise|vandalize|murder|slay|assassinate
        |slaughter|butcher|behead|drown|electrocute|suffocate|stomp|stamp on|trample|scratch|scrape
        |slash|hack|saw|snip|chop|slice|carve|shred|rip|tear|splinter|snap|fracture|dent|bend|twist
        |deform|pulverise|pulverize|mangle|mash|crumple|melt|scorch|singe|ignite|torch|blow up|detonate
        |sabotage|threaten|scare|frighten|terrify|torture|torment|bully|push over|knock down|knock out
        |ram|tackle|pinch|bruise|wound|maim|gouge|impale|pierce|spear|skewer""",
    "throw": """throw|toss|hurl|fling|fire|launch|lob|pitch|chuck|sling|catapult|shoot|cast|flick|slam|bang
        |smash|ram""",
    "empty": "empty|empty out|clear out|unload|clean out|unpack|evacuate|vacate|drain",
    "tidy": """clear|clear off|clear up|tidy|tidy up|tidy away|clean|clean up|clean off|empty|empty off|free
        |free up|declutter|straighten up|clear away|sort out""",
}
"""Verbs that may stand for each other, parted by bars."""
