"""The subcommands of `robomatrix`, one file each: arguments in, lines or JSON out, an exit code."""
