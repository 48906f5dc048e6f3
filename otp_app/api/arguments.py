"""Arguments of a call made into values, or refused in the user's language (otp_app.promises.arguments)."""

from functools import partial

from frappe import _

from otp_app.promises import arguments

text = partial(arguments.text, translate=_)
texts = partial(arguments.texts, translate=_)
number = partial(arguments.number, translate=_)
minutes = partial(arguments.minutes, translate=_)
truth = partial(arguments.truth, translate=_)
day = partial(arguments.day, translate=_)
choices = partial(arguments.choices, translate=_)
