// What If: what would become of the order book if something changed. The page itself is in public/js/what_if.
(function () {
	const SCRIPTS = [
		...["call", "format", "modal"].map((name) => `promise/${name}`),
		...["state", "changes", "result", "page"].map((name) => `what_if/${name}`),
	].map((name) => `/assets/otp_app/js/${name}.js`);
	const STYLES = ["promise", "what_if"].map((name) => `/assets/otp_app/css/${name}.css`);

	const page = frappe.pages["order-promise-what-if"];

	page.on_page_load = function (wrapper) {
		const desk_page = frappe.ui.make_app_page({ parent: wrapper, title: __("What If"), single_column: true });
		wrapper.what_if = frappe
			.require([...SCRIPTS, ...STYLES])
			.then(() => new otp_app.what_if.Page(desk_page));
	};

	page.on_page_show = (wrapper) => wrapper.what_if.then((shown) => shown.show());
})();
