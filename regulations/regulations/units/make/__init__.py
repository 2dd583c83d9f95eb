"""Makes the data files of the units again from public sources. Nothing at run time needs it."""
