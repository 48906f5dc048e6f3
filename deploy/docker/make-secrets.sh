#!/usr/bin/env bash
# Makes the passwords and keys of compose.yaml in secrets/, which its owner alone may enter. What is there stays.
set -euo pipefail
cd "$(dirname "$0")"
umask 077
mkdir -p secrets

random() {
	head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n'
}

for name in db_root_password admin_password metrics_token; do
	[ -s "secrets/${name}" ] || random > "secrets/${name}"
done
if [ ! -s secrets/service.env ]; then
	cat > secrets/service.env <<-END
		# Keys of those who may ask the service, with commas between.
		OTP_API_KEYS=$(random)
		OTP_METRICS_TOKEN=$(cat secrets/metrics_token)
		# Without an ERPNext and without a snapshot it promises from the demo. A user of the site with an API key:
		# ERPNEXT_BASE_URL=http://backend:8000
		# ERPNEXT_SITE_NAME=erp.example.com
		# ERPNEXT_API_KEY=
		# ERPNEXT_API_SECRET=
	END
fi
# Containers read these files as other users than their owner. Nobody else on this machine gets into the folder.
chmod 0700 secrets
chmod 0644 secrets/db_root_password secrets/admin_password secrets/metrics_token
echo "secrets/ is there. The password of Administrator: deploy/docker/secrets/admin_password"
