otp_app.extend_list("Quotation");
