"""The command line `otp`: promises, and the ledger behind them, from a snapshot file.

Modules here import only click at the top; the engine is loaded by the command that needs it, so `otp --help` is quick.
"""
