"""What learning needs of the simulator: splits, randomised looks, and pictures that know what is in them."""
