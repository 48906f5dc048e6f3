frappe.ui.form.on("Sales Order", { refresh: (frm) => otp_app.order_form.refresh(frm) });
