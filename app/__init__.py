"""FNAScope, the viewer. Qt lives in ``app.ui`` only; arrows between rooms run down only (docs/architecture.md)."""
