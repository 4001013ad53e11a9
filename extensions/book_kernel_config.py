"""How kernels draw while the book is built: vectors, with the same bytes every time."""

c = get_config()  # noqa: F821
c.IPKernelApp.log_level = "ERROR"
c.InlineBackend.figure_formats = {"svg"}
# not by InlineBackend.rc, which is set within the first figure's own settings, and goes with them
c.InteractiveShellApp.exec_lines = [
    "import matplotlib",
    "matplotlib.rcParams['svg.hashsalt'] = 'gaussmlp'",
    "del matplotlib",
]
c.InlineBackend.print_figure_kwargs = {"bbox_inches": "tight", "metadata": {"Date": None}}
