"""factory-boy factories that make real ERPNext documents, through ERPNext's own code, on the site of tests/erpnext."""
