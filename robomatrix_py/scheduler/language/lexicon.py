"""English words for things: colours, shapes and what people call them, where things are, how many."""

# ruff: noqa: E501 (a pattern is one line)

from __future__ import annotations

from collections.abc import Mapping

from robomatrix_py.scheduler.language.courtesies import expanded


def word_list(text: str) -> tuple[str, ...]:
    """Return the words of a text."""
    return tuple(text.split())


COLORS: Mapping[str, tuple[str, ...]] = {
    "red": ("red",),
    "orange": ("orange",),
    "yellow": ("yellow",),
    "green": ("green",),
    "cyan": ("cyan",),
    "blue": ("blue",),
    "purple": ("purple",),
    "white": ("white",),
    "black": ("black",),
    "grey": ("grey", "gray"),
    "gray": ("gray", "grey"),
    "brown": ("brown",),
    "pink": ("pink",),
    "silver": ("silver",),
    **{
        word: (word, color)
        for color, words in {
            "red": "crimson scarlet ruby maroon vermilion cherry burgundy reddish rosy rose brick-red cardinal carmine rust tomato",
            "orange": "tangerine amber apricot peach coral pumpkin carrot orangish ochre",
            "yellow": "lemon golden gold mustard blond yellowish amber-yellow canary saffron",
            "green": "emerald olive lime mint jade greenish forest chartreuse moss khaki sage",
            "cyan": "turquoise teal aqua aquamarine",
            "blue": "navy azure cobalt indigo sapphire ultramarine bluish denim cerulean royal",
            "purple": "violet lilac lavender mauve plum purplish magenta amethyst aubergine eggplant",
            "white": "ivory cream whitish snowy pearl alabaster chalk milky beige",
        }.items()
        for word in words.split()
        if word.isalpha()
    },
}
"""Colour word to the colours it may stand for, the first that the scene has."""

NOUNS: Mapping[str, tuple[str, ...]] = {
    **{
        noun: (noun, *shapes)
        for shapes, nouns in {
            (
                "cube",
                "brick",
            ): "block|cubic block|square block|building block|wooden block|toy block|cuboid block|square",
            ("cube",): "dice|die|cubic|cubelet|hexahedron",
            (
                "brick",
                "cube",
            ): "cuboid|slab|bar|lego|lego brick|lego block|rectangular block|ingot|rectangle|plank|domino",
            ("ball",): "sphere|orb|marble|round ball|globe|bead|bouncy ball|tennis ball|sphere thing|rubber ball",
            (
                "can",
            ): """tin|tin can|soda can|cola can|coke can|beer can|soup can|drink can|coke|soda|canister|drink|drinks can
                |soft drink|beverage|beverage can|metal can|aluminium can|aluminum can|can of soda|can of coke|pop can|tincan""",
            ("can", "puck"): "cylinder|drum|barrel",
            ("bottle",): "flask|water bottle|vial|carafe|phial|flagon|decanter|jug|plastic bottle|glass bottle|flacon",
            ("egg",): "ellipsoid|ovoid|easter egg|oval|egg shape|chicken egg|oval thing",
            ("puck",): "disc|disk|hockey puck|coaster|coin|chip|round disc|round disk|flat disc|counter|discus",
            ("capsule",): "pill|tablet|lozenge|medicine|pellet|caplet",
            (
                "bin",
            ): """trash|rubbish|garbage|trash can|garbage can|trash bin|garbage bin|rubbish bin|waste bin|dust bin
                |dustbin|wastebasket|waste basket|wastebin|basket|crate|bucket|trashcan|recycling bin|litter bin|paper basket
                |rubbish basket|recycle bin|wastepaper basket|refuse bin|waste container|trash container|trash basket|litter
                |waste paper basket|paper bin|garbage container|trash bucket|rubbish container""",
            ("bin", "bowl"): "container|vessel|receptacle",
            (
                "bowl",
            ): "dish|basin|salad bowl|soup bowl|mixing bowl|soup dish|fruit bowl|cereal bowl|pan|serving bowl|salad dish",
            (
                "tray",
            ): """plate|platter|serving tray|tea tray|salver|serving plate|baking tray|serving platter|board|server
                |wooden tray|flat tray|saucer|tabletop tray|breakfast tray""",
            (
                "drawer",
            ): "cabinet drawer|desk drawer|drawer of the cabinet|drawer in the cabinet|slide box|pull out box",
            ("cabinet",): "cupboard|dresser|chest|chest of drawers|locker|sideboard|cabinet top",
            (
                "table",
            ): "tabletop|table top|desk|work surface|work table|worktable|counter top|countertop|workbench|bench|tables top",
            ("button",): "push button|switch|buzzer|pushbutton|press button|light switch",
        }.items()
        for noun in (" ".join(part.split()) for part in nouns.split("|"))
    },
    **{
        shape: (shape,)
        for shape in word_list("cube ball can brick bottle egg puck capsule bin bowl tray drawer cabinet table button")
    },
    **{
        noun: (noun, *shapes)
        for shapes, nouns in {
            ("shelf",): "rack|bookshelf",
            ("doorway",): "door",
            ("living_room",): "living room|lounge",
            ("sill",): "threshold|bump|obstacle",
            ("target",): "bullseye",
        }.items()
        for noun in nouns.split("|")
    },
    **{place: (place,) for place in word_list("shelf kitchen living_room doorway sill target")},
    "box": ("box", "cube", "brick", "bin"),
}
"""Noun to the shapes it may stand for, the first that fits."""

ANY_THING = frozenset({"object", "thing", "item", "piece", "toy", "one", "stuff"})
"""Nouns that say nothing of the shape."""

PLURALS: Mapping[str, str] = {
    **{f"{word}s": word for word in (*NOUNS, *ANY_THING) if not word.endswith(("x", "sh", "s", "ch"))},
    "boxes": "box",
    "dishes": "dish",
    "switches": "switch",
}
"""Plural to singular."""

LIST_CONNECTORS = (
    ", and also",
    ", but also",
    ", and then",
    ", and",
    ", then",
    "as well as",
    "together with",
    "along with",
    "and also",
    "but also",
    "and then",
    "and",
    "plus",
    ",",
)
"""What may stand between things that are named one after the other."""

THE_REST = frozenset(
    expanded(
        "(the rest|the others|all the others|all the rest|the remaining ones) [of (it|them|the things|the objects)]"
    )
)
"""Words for all things that were not spoken of."""
THEM_ALL = frozenset({"them all", "all of them", "these all", "those all", "all of these", "all of those"})
"""Words for everything, and for all that was just spoken of."""
EVERYTHING = (
    frozenset(
        expanded(
            """
        everything
        (the whole lot|the lot|all of it|it all|every one of them|every last one|all of that|all this|all that)
        all [of] [the] stuff
        (the|this|that|all the|all this|all that) stuff
        (the whole|the entire) (stuff|pile|set|collection|bunch)
        whatever
        """
        )
    )
    | THE_REST
    | THEM_ALL
)
"""Words for all things."""
CONTENTS = expanded(
    """
    [all|all of] the (contents|content) of
    (what|whatever|all|everything|anything) [that] (is|lies|sits|stands) (in|on|inside)
    """
)
"""Words for all that is in a place that follows."""

IDLE_TAILS = expanded(
    """
    [that] (you|we|i) [can] (see|find|have|spot|get hold of)
    (over|lying|standing) there
    (that|which) (is|are) there
    there is
    lying around
    (here|around)
    """
)
"""What may stand behind a noun and tells nothing apart."""

IN_HAND = "what is held"
HELD_THING = expanded(
    """
    (what|whatever|that thing|this thing|the stuff|that) (you are holding|you hold|you have|you have got|is|you carry|you are carrying|you are gripping|you picked up|you took) (in your hand|in the hand|in your gripper|in the gripper|in your claw|in hand|in your fingers)
    (what|whatever|that thing|this thing|that) (you are holding|you hold|you carry|you are carrying|you are gripping|you have got|you picked up) [now|right now|there]
    the (thing|object|item|one) [that|which] (you are holding|you hold|you are carrying|you carry|is in your hand|is in your gripper)
    (the|that|this) (thing|object|item|one) (in your hand|in your gripper|in the gripper|in your claw|in hand|held|you are holding|you hold|you carry|you are carrying|you have got|you picked up)
    the held (thing|object|item)
    """
)
"""Words for the thing in the gripper."""

SHADES = frozenset(
    word_list(
        "dark light bright deep pale navy lime sky royal cherry lemon snow mint forest baby neon hot fire blood jet pure"
    )
)
"""What may stand before a colour word and changes little."""

WHICHEVER = frozenset({"whichever", "whatever"})
"""What begins `whichever cube is nearest to the can`."""

PRONOUNS: Mapping[str, bool] = {
    "it": False,
    "this": False,
    "that": False,
    "there": False,
    "them": True,
    "those": True,
    "these": True,
    "both": True,
    "they": True,
}
"""Pronoun to whether it stands for several things."""

DETERMINERS = frozenset({"the", "this", "that", "these", "those", "my", "your", "our", "its"})
INDEFINITE = frozenset({"a", "an", "any", "some", "either"})
ALL = frozenset({"all", "every", "each"})

SELECTORS: Mapping[str, str] = {
    "left": "left",
    "leftmost": "left",
    "lefthand": "left",
    "right": "right",
    "rightmost": "right",
    "righthand": "right",
    "front": "front",
    "frontmost": "front",
    "nearest": "near",
    "closest": "near",
    "nearer": "near",
    "closer": "near",
    "near": "near",
    "back": "back",
    "rear": "back",
    "farthest": "far",
    "furthest": "far",
    "farther": "far",
    "further": "far",
    "far": "far",
    "middle": "middle",
    "center": "middle",
    "centre": "middle",
    "central": "middle",
    "top": "top",
    "topmost": "top",
    "upper": "top",
    "bottom": "bottom",
    "lower": "bottom",
    "small": "small",
    "smaller": "small",
    "smallest": "small",
    "little": "small",
    "tiny": "small",
    "short": "small",
    "shorter": "small",
    "big": "big",
    "bigger": "big",
    "biggest": "big",
    "large": "big",
    "larger": "big",
    "largest": "big",
    "huge": "big",
    "tall": "big",
    "taller": "big",
}
"""Adjective to what it selects by."""

NUMBERS: Mapping[str, int] = {
    word: value
    for value, word in enumerate(
        word_list(
            """
            zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
            sixteen seventeen eighteen nineteen twenty
            """
        )
    )
} | {"thirty": 30, "forty": 40, "fifty": 50}
"""Number words."""

UNITS_M: Mapping[str, float] = {
    "mm": 0.001,
    "millimeter": 0.001,
    "millimeters": 0.001,
    "millimetre": 0.001,
    "millimetres": 0.001,
    "cm": 0.01,
    "cms": 0.01,
    "centimeter": 0.01,
    "centimeters": 0.01,
    "centimetre": 0.01,
    "centimetres": 0.01,
    "m": 1.0,
    "meter": 1.0,
    "meters": 1.0,
    "metre": 1.0,
    "metres": 1.0,
    "inch": 0.0254,
    "inches": 0.0254,
    "foot": 0.3048,
    "feet": 0.3048,
}
"""Unit of length in metres."""

LIVING = frozenset(
    word_list(
        """
        me you him her us myself yourself person people human man woman child kid baby boy girl guy
        operator user someone somebody anybody anyone face head eye hand finger arm leg foot dog cat pet
        animal bird
        """
    )
)
"""What must not be acted on; `you` stands for the robot itself in places."""

REAL_WORDS = frozenset(
    word_list(
        """
        bell bill bull boll bowel bowls cable tablet clock lock black glass grass cup cap cape mug jar
        jug pan pot pen pin bean beam bread book boot bolt belt bag bat bar car card cart cake cone tube
        cage case coin comb cork chair charger door doll dollar battle bottom butter bunny buttons
        drawing drawers draw tape tile tool towel toy trap truck train tree trail stray spoon fork knife
        plant paper phone pencil plug pump purse puzzle brush broom brick cub cute cut bowling baller
        balloon ballet ballot basket biscuit cookie candle candy canal canoe cannon cans cane camp
        camera lamp lid light log screw shell shelf shirt shoe sock sponge spring stick stone string
        stool window wall wheel wire wood wool wing world while whole where which green greens great
        grab grape gripper trash tram dream drown blow blew blue blank bleed blond bloom pack pick pluck
        luck duck park pull poll pole pile place plane plan plate play press pros price open oven over
        ever close clothe cloth cloud class clean clear left lift loft right night fight rig move love
        mode more most much mouth mouse house horse hose nose note now new few the then than they them
        these there those this that thus with from form farm into onto under until unless read ready
        real rear rest road robot robots rope rock room root rubber rule ruler word work table fable
        able die den das der dem des ein eine und mit auf aus bei nach von zum zur ist les une dans sur
        avec pour est que los las por del con para una uno nel nella sul sulla della
        """
    )
)
"""Words that are never taken for slips of others."""
