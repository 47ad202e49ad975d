"""An app of another project: its event types, and a module that draws one of them."""
