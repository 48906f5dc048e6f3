"""What ERPNext's rows mean to a promise, however they are read: from the site's tables, or over its REST API. No frappe."""
