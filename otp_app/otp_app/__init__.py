"""The Frappe module "OTP App": the folder in which Frappe looks for this app's doctypes."""
