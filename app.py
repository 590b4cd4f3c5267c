"""MotifLens: the login gate, the navigation, and the page that was asked for; nothing else.

The server imports this file once for ``app``; every visit runs it as a script.
"""

from streamlit.starlette import App

from lib.ui import errors, server

if __name__ == "__main__":
    from lib.ui import layout, login

    page = layout.navigation()
    if login.is_open():
        layout.sidebar()
        with errors.guard():
            page.run()
else:
    app = App(__file__, lifespan=server.lifespan, on_script_error=errors.uncaught)
