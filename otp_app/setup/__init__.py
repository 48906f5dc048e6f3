"""What the app adds to ERPNext's own doctypes and tables: the constants that install and uninstall share."""
