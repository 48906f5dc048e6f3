#!/usr/bin/env bash
# The two jobs of a site that run once: `configure` writes where everything is, `create` makes the site or migrates it.
# Passwords come from files: db_root_password and admin_password in /run/secrets.
set -euo pipefail
SECRETS="${SECRETS:-/run/secrets}"

configure() {
	# The bench's list of apps is that of the image, not that of a volume of an older one.
	ls -1 apps > sites/apps.txt
	[ -s sites/common_site_config.json ] || echo '{}' > sites/common_site_config.json
	bench set-config -g db_host "${DB_HOST:?set DB_HOST}"
	bench set-config -gp db_port "${DB_PORT:-3306}"
	bench set-config -g redis_cache "${REDIS_CACHE:?set REDIS_CACHE}"
	bench set-config -g redis_queue "${REDIS_QUEUE:?set REDIS_QUEUE}"
	bench set-config -g redis_socketio "${REDIS_QUEUE}"
	bench set-config -gp socketio_port 9000
}

create() {
	local site="${SITE_NAME:?set SITE_NAME}"
	if [ -s "sites/${site}/site_config.json" ]; then
		bench --site "${site}" migrate
	else
		local root_password admin_password
		root_password="$(secret db_root_password)"
		admin_password="$(secret admin_password)"
		bench new-site "${site}" \
			--db-root-password "${root_password}" \
			--admin-password "${admin_password}" \
			--mariadb-user-host-login-scope='%' \
			--install-app erpnext \
			--set-default
	fi
	if ! bench --site "${site}" list-apps | grep -q '^otp_app'; then
		bench --site "${site}" install-app otp_app
	fi
	if [ -s "${SECRETS}/metrics_token" ]; then
		bench --site "${site}" set-config otp_metrics_token "$(secret metrics_token)"
	fi
}

# What the file of a secret says; an empty one is refused, so that no site has an empty password.
secret() {
	local value
	value="$(cat "${SECRETS}/$1")"
	[ -n "${value}" ] || { echo "${SECRETS}/$1 is empty: write the password into it." >&2; exit 1; }
	printf '%s' "${value}"
}

case "${1:-}" in
	configure | create) "$1" ;;
	*) echo "usage: otp-site.sh configure | create" >&2; exit 2 ;;
esac
