// The one way from Desk to the calls of this app, and how their refusals are told to a person.
//
// frappe.call has handlers of its own for 403 and 404 that cannot be turned off and that know nothing of the reason;
// here each sentence of the server is shown once, and nothing else.
frappe.provide("otp_app");

(function () {
	/** What the server refused: `problems` as in docs/api.md, `told` when a person has been told already. */
	class Refusal extends Error {
		constructor(problems, { status = 0, told = false } = {}) {
			super(problems.map((problem) => problem.message).join(" "));
			this.problems = problems;
			this.code = problems[0]?.code || "";
			this.status = status;
			this.told = told;
		}

		/** Each sentence once. */
		get sentences() {
			return [...new Set(this.problems.map((problem) => problem.message).filter(Boolean))];
		}
	}
	otp_app.Refusal = Refusal;

	/**
	 * The `message` of `method`. Throws a Refusal.
	 *
	 * With the same `request_id` a call that is sent again, after a lost connection say, is done once.
	 */
	otp_app.call = async function (method, args = {}, { request_id } = {}) {
		let response;
		try {
			response = await fetch(`/api/method/${method}`, {
				method: "POST",
				headers: headers(request_id),
				body: JSON.stringify(given(args)),
			});
		} catch {
			const message = __("The server cannot be reached. Check your connection, then try again.");
			throw new Refusal([{ code: "UNREACHABLE", message }]);
		}
		const body = await response.json().catch(() => null);
		// An answer without a date has status 503, so that programs try again: here it is shown.
		if (body && (response.ok || (body.message && typeof body.message === "object"))) {
			show_server_messages(body);
			return body.message;
		}
		throw refusal(response.status, body);
	};

	/** A new id for something that must happen once, however often it is sent. */
	otp_app.new_request_id = () => {
		const bytes = crypto.getRandomValues(new Uint8Array(16));
		return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
	};

	/** Shows what went wrong: in `$place` if there is one, else in a dialog. */
	otp_app.tell = function (error, $place = null) {
		if (!(error instanceof Refusal)) {
			console.error(error);
			error = new Refusal([{ code: "SCRIPT", message: __("Something went wrong in this page. Reload it.") }]);
		}
		if (error.told) {
			return;
		}
		error.told = true;
		const sentences = error.sentences.map((sentence) => otp_app.format.sentence(sentence));
		if ($place) {
			otp_app.show_notice($place, sentences);
			return;
		}
		frappe.msgprint({
			title: __("Not Possible"),
			indicator: "red",
			message: sentences.length === 1 ? sentences[0] : sentences,
			as_list: sentences.length > 1,
		});
	};

	/** Sentences (HTML) at the top of a dialog, read out at once by a screen reader. */
	otp_app.show_notice = function ($place, sentences) {
		const items = sentences.map((sentence) => `<div>${sentence}</div>`).join("");
		$place.html(`<div class="otp-notice" role="alert">${items}</div>`);
		$place[0].scrollIntoView({ block: "nearest" });
	};

	function headers(request_id) {
		return {
			Accept: "application/json",
			"Content-Type": "application/json; charset=utf-8",
			"X-Frappe-CSRF-Token": frappe.csrf_token,
			...(request_id ? { "X-Request-Id": request_id } : {}),
		};
	}

	function given(args) {
		return Object.fromEntries(
			Object.entries(args).filter(([, value]) => value !== undefined && value !== null)
		);
	}

	function refusal(status, body) {
		if (body?.error) {
			return new Refusal(body.error.problems || [body.error], { status });
		}
		if (status === 401 || body?.session_expired) {
			frappe.app.handle_session_expired();
			return new Refusal([], { status, told: true });
		}
		if (body && show_server_messages(body)) {
			return new Refusal([{ code: body.exc_type || "", message: "" }], { status, told: true });
		}
		const message = __("The server could not do this (HTTP {0}). Try again in a moment.", [status]);
		return new Refusal([{ code: body?.exc_type || "SERVER", message }], { status });
	}

	/** What ERPNext itself had to say, in Frappe's way; whether there was anything. */
	function show_server_messages(body) {
		if (!body._server_messages) {
			return false;
		}
		frappe.msgprint(JSON.parse(body._server_messages));
		return true;
	}
})();
