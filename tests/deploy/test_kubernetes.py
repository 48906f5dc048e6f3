"""The manifests of deploy/kubernetes: schemas accept them, and what names what is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.deploy.names import PORT, default_of, paths, variables
from tests.deploy.tools import DEPLOY, run, tool

yaml = pytest.importorskip("yaml")

FOLDER = DEPLOY / "kubernetes"
NAME = {"app.kubernetes.io/name": "otp-service"}
# The oldest that policy/v1 and autoscaling/v2 are in for good, and the newest that the validator knows.
OLDEST = "1.26"
# What a worker may have (docs/measurements.md).
MAX_RESIDENT_MIB = 600


def document(name: str) -> dict[str, Any]:
	loaded: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text())
	return loaded


def pod() -> dict[str, Any]:
	spec: dict[str, Any] = document("deployment.yaml")["spec"]["template"]["spec"]
	return spec


def container() -> dict[str, Any]:
	only, *others = pod()["containers"]
	assert not others
	return dict(only)


def seconds_of_grace() -> int:
	return int(pod()["terminationGracePeriodSeconds"])


def test_yamllint_accepts_every_file_of_deploy():
	run([tool("yamllint"), "--strict", "-c", DEPLOY / ".yamllint", DEPLOY])


@pytest.mark.parametrize("version", [(), ("-k", OLDEST)], ids=["newest", OLDEST])
def test_the_schemas_of_kubernetes_accept_what_kustomize_makes(tmp_path: Path, version: tuple[str, ...]):
	made = tmp_path / "made.yaml"
	made.write_text(run([tool("kubectl"), "kustomize", FOLDER]))
	printed = run([tool("kubernetes-validate"), "--strict", *version, made, FOLDER / "secret.example.yaml"])
	assert printed.count(" passed ") == 8


def test_whoever_selects_the_pods_selects_those_of_the_deployment():
	deployment = document("deployment.yaml")
	assert deployment["spec"]["template"]["metadata"]["labels"] == NAME
	assert deployment["spec"]["selector"]["matchLabels"] == NAME
	assert document("service.yaml")["spec"]["selector"] == NAME
	assert document("disruption-budget.yaml")["spec"]["selector"]["matchLabels"] == NAME
	assert document("network-policy.yaml")["spec"]["podSelector"]["matchLabels"] == NAME
	assert (
		document("service-monitor.yaml")["spec"]["selector"]["matchLabels"]
		== document("service.yaml")["metadata"]["labels"]
	)
	target = document("autoscaler.yaml")["spec"]["scaleTargetRef"]
	assert (target["kind"], target["name"]) == (deployment["kind"], deployment["metadata"]["name"])


def test_ports_are_that_of_the_service():
	ports = {port["name"]: port["containerPort"] for port in container()["ports"]}
	assert ports == {"http": PORT}
	assert document("service.yaml")["spec"]["ports"] == [{"name": "http", "port": PORT, "targetPort": "http"}]
	assert document("configmap.yaml")["data"]["OTP_SERVICE_PORT"] == str(PORT)
	assert document("network-policy.yaml")["spec"]["ingress"][0]["ports"] == [
		{"port": PORT, "protocol": "TCP"}
	]
	assert document("service-monitor.yaml")["spec"]["endpoints"][0]["port"] == "http"


def test_probes_ask_paths_that_there_are():
	probes = {name: container()[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
	assert {name: probe["path"] for name, probe in probes.items()} == {
		"startup": "/health",
		"liveness": "/health",
		"readiness": "/ready",
	}
	assert {probe["port"] for probe in probes.values()} == {"http"}
	assert {probe["path"] for probe in probes.values()} <= paths()
	assert document("service-monitor.yaml")["spec"]["endpoints"][0]["path"] in paths()


def test_the_environment_is_what_the_service_knows():
	config, secret = document("configmap.yaml"), document("secret.example.yaml")
	assert set(config["data"]) | set(secret["stringData"]) <= variables()
	assert not set(config["data"]) & set(secret["stringData"])
	names = [source.get("configMapRef", source.get("secretRef"))["name"] for source in container()["envFrom"]]
	assert names == [config["metadata"]["name"], secret["metadata"]["name"]]


def test_the_secret_has_no_values_and_is_not_applied():
	assert set(document("secret.example.yaml")["stringData"].values()) == {""}
	assert "secret.example.yaml" not in document("kustomization.yaml")["resources"]


def test_a_pod_that_goes_finishes_what_it_began():
	shutdown = int(document("configmap.yaml")["data"]["OTP_SHUTDOWN_SECONDS"])
	waits = int(container()["lifecycle"]["preStop"]["exec"]["command"][1])
	assert seconds_of_grace() > waits + shutdown
	assert shutdown >= default_of("OTP_SHUTDOWN_SECONDS")
	assert document("deployment.yaml")["spec"]["strategy"]["rollingUpdate"] == {
		"maxUnavailable": 0,
		"maxSurge": 1,
	}


def test_the_autoscaler_owns_the_number_of_pods_and_the_budget_leaves_one():
	assert "replicas" not in document("deployment.yaml")["spec"]
	least = document("autoscaler.yaml")["spec"]["minReplicas"]
	assert least > document("disruption-budget.yaml")["spec"]["maxUnavailable"]


def test_a_pod_may_do_nothing_that_it_need_not():
	assert pod()["securityContext"]["runAsNonRoot"] and pod()["automountServiceAccountToken"] is False
	assert container()["securityContext"] == {
		"allowPrivilegeEscalation": False,
		"readOnlyRootFilesystem": True,
		"capabilities": {"drop": ["ALL"]},
	}
	image = (DEPLOY / "docker/Dockerfile").read_text()
	assert f"USER {pod()['securityContext']['runAsUser']}:" in image


def test_memory_has_room_for_the_budget_of_a_worker():
	limit = container()["resources"]["limits"]["memory"]
	assert limit.endswith("Mi") and int(limit[:-2]) >= MAX_RESIDENT_MIB


def test_every_manifest_is_applied_or_says_why_not():
	resources = set(document("kustomization.yaml")["resources"])
	others = {file.name for file in FOLDER.glob("*.yaml")} - resources - {"kustomization.yaml"}
	assert others == {"secret.example.yaml", "service-monitor.yaml", "erpnext.values.yaml"}


def test_the_values_for_erpnext_have_no_password_and_a_site_of_one_name():
	text = (FOLDER / "erpnext.values.yaml").read_text()
	values = yaml.safe_load(text)
	assert values["jobs"]["createSite"]["adminPassword"] == ""
	name = document("configmap.yaml")["data"]["ERPNEXT_SITE_NAME"]
	assert {values["jobs"][job]["siteName"] for job in ("migrate", "createSite")} == {name}
	gunicorn = values["worker"]["gunicorn"]
	assert "livenessProbe" not in gunicorn, "in maintenance mode /health is 503"
	probe = gunicorn["readinessProbe"]["httpGet"]
	assert (probe["path"], [header["value"] for header in probe["httpHeaders"]]) == ("/ready", [name])
