"""A Molam that runs on this machine: the wire contract over real HTTP, with faults on request.

`with running() as sandbox:` starts one for a test; `otp molam-sandbox` starts one for a person. Needs the extra
`molam` (aiohttp), but no Frappe. See docs/molam-sandbox.md.
"""

from otp_app.molam_sandbox.running import Sandbox, running

__all__ = ["Sandbox", "running"]
