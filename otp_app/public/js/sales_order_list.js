otp_app.extend_list("Sales Order");
