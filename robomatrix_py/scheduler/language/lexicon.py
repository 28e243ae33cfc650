"""English words for things: colours, shapes and what people call them, where things are, how many."""

from __future__ import annotations

from collections.abc import Mapping


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
    "magenta": ("magenta",),
    "golden": ("golden", "gold"),
    "gold": ("gold", "golden"),
    "silver": ("silver",),
    "beige": ("beige",),
    "lime": ("lime",),
    "violet": ("violet", "purple"),
    "lilac": ("lilac", "purple"),
    "turquoise": ("turquoise", "cyan"),
    "teal": ("teal", "cyan"),
    "aqua": ("aqua", "cyan"),
    "crimson": ("crimson", "red"),
    "scarlet": ("scarlet", "red"),
    "navy": ("navy", "blue"),
}
"""Colour word to the colours it may stand for, the first that the scene has."""

NOUNS: Mapping[str, tuple[str, ...]] = {
    "cube": ("cube",),
    "block": ("block", "cube", "brick"),
    "box": ("box", "cube", "brick", "bin"),
    "dice": ("dice", "cube"),
    "die": ("die", "cube"),
    "ball": ("ball",),
    "sphere": ("sphere", "ball"),
    "orb": ("orb", "ball"),
    "marble": ("marble", "ball"),
    "can": ("can",),
    "tin": ("tin", "can"),
    "tin can": ("can",),
    "soda can": ("can",),
    "cola can": ("can",),
    "coke can": ("can",),
    "beer can": ("can",),
    "soup can": ("can",),
    "drink can": ("can",),
    "coke": ("coke", "can"),
    "soda": ("soda", "can"),
    "canister": ("canister", "can"),
    "cylinder": ("cylinder", "can", "puck"),
    "brick": ("brick",),
    "cuboid": ("cuboid", "brick", "cube"),
    "bar": ("bar", "brick"),
    "lego brick": ("brick",),
    "capsule": ("capsule",),
    "pill": ("pill", "capsule"),
    "bottle": ("bottle",),
    "flask": ("flask", "bottle"),
    "water bottle": ("bottle",),
    "egg": ("egg",),
    "ellipsoid": ("ellipsoid", "egg"),
    "puck": ("puck",),
    "hockey puck": ("puck",),
    "disc": ("disc", "disk", "puck"),
    "disk": ("disk", "disc", "puck"),
    "bin": ("bin",),
    "trash": ("trash", "bin"),
    "rubbish": ("rubbish", "bin"),
    "garbage": ("garbage", "bin"),
    "trash can": ("bin",),
    "garbage can": ("bin",),
    "trash bin": ("bin",),
    "garbage bin": ("bin",),
    "rubbish bin": ("bin",),
    "waste bin": ("bin",),
    "dust bin": ("bin",),
    "dustbin": ("dustbin", "bin"),
    "wastebasket": ("wastebasket", "bin"),
    "waste basket": ("bin",),
    "basket": ("basket", "bin"),
    "crate": ("crate", "bin"),
    "bucket": ("bucket", "bin"),
    "container": ("container", "bin", "bowl"),
    "bowl": ("bowl",),
    "dish": ("dish", "bowl"),
    "tray": ("tray",),
    "plate": ("plate", "tray"),
    "platter": ("platter", "tray"),
    "drawer": ("drawer",),
    "cabinet drawer": ("drawer",),
    "cabinet": ("cabinet",),
    "cupboard": ("cupboard", "cabinet"),
    "dresser": ("dresser", "cabinet"),
    "table": ("table",),
    "tabletop": ("table",),
    "table top": ("table",),
    "desk": ("desk", "table"),
    "work surface": ("table",),
    "shelf": ("shelf",),
    "bookshelf": ("shelf",),
    "rack": ("rack", "shelf"),
    "kitchen": ("kitchen",),
    "living room": ("living_room",),
    "lounge": ("living_room",),
    "doorway": ("doorway",),
    "door": ("door", "doorway"),
    "sill": ("sill",),
    "threshold": ("threshold", "sill"),
    "bump": ("bump", "sill"),
    "obstacle": ("obstacle", "sill"),
    "target": ("target",),
    "bullseye": ("target",),
    "button": ("button",),
    "push button": ("button",),
    "switch": ("switch", "button"),
    "buzzer": ("buzzer", "button"),
}
"""Noun to the shapes it may stand for, the first that fits."""

ANY_THING = frozenset({"object", "thing", "item", "piece", "toy", "one", "stuff"})
"""Nouns that say nothing of the shape."""

PLURALS: Mapping[str, str] = {
    **{
        f"{word}s": word
        for word in (*NOUNS, *ANY_THING)
        if " " not in word and not word.endswith(("x", "sh"))
    },
    "boxes": "box",
    "dishes": "dish",
    "switches": "switch",
}
"""Plural to singular."""

EVERYTHING = frozenset({"everything", "anything"})
PRONOUNS: Mapping[str, bool] = {
    "it": False,
    "this": False,
    "that": False,
    "there": False,
    "them": True,
    "those": True,
    "these": True,
    "both": True,
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
