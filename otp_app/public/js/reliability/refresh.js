// Learning anew how late supplies come: a worker does it, and tells this user how far it is.
frappe.provide("otp_app.reliability");

(function () {
	const EVENT = "otp_reliability_refreshed";
	const TITLE = () => __("Supply Reliability");
	let then = null;

	/** Asks for it; `on_done` runs when the records are new. */
	otp_app.reliability.refresh = async function (on_done) {
		listen(on_done);
		try {
			const { queued } = await otp_app.call("otp_app.api.reliability.refresh");
			frappe.show_alert(
				queued
					? { message: __("A worker learns from the history. This may take a minute."), indicator: "blue" }
					: { message: __("It is being refreshed already."), indicator: "orange" }
			);
		} catch (error) {
			otp_app.tell(error);
		}
	};

	function listen(on_done) {
		if (!then) {
			frappe.realtime.on(EVENT, heard);
		}
		then = on_done;
	}

	function heard({ percent, message, done, error }) {
		if (error) {
			frappe.hide_progress();
			frappe.msgprint({ title: TITLE(), message: error, indicator: "red" });
			return;
		}
		frappe.show_progress(TITLE(), percent, 100, message, true);
		if (done) {
			frappe.show_alert({ message: __("Supply Reliability: {0}", [message]), indicator: "green" });
			then?.();
		}
	}
})();
