"""The file formats, one file each; ``lib.io.file_format`` says what a format promises."""
