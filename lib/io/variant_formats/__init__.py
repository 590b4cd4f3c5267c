"""The formats of variants, one file each; ``lib.io.variant_format`` says what a format promises."""
