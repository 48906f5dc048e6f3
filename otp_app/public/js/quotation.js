frappe.ui.form.on("Quotation", { refresh: (frm) => otp_app.order_form.refresh(frm) });
