"""The corpus in a browser, on this machine: our pages over datasette, captures beside the texts."""
