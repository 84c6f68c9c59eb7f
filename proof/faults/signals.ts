import type { Fault } from "./fault.ts";

export const signalFaults: readonly Fault[] = [
  {
    id: "F160",
    title: "counts of what never happened",
    wentWrong: "Jobs were counted twice, or another job's end was subtracted, so counts fell below zero.",
    sources: ["sidekiq/sidekiq#1903", "flux-framework/flux-core#4719", "huggingface/dataset-viewer#1698"],
    layers: ["S", "C"],
  },
  {
    id: "F161",
    title: "wrong percentiles",
    wentWrong:
      "A merge omitted a part of a sketch, or its ranks were off by one, so a percentile matched no measured time.",
    sources: ["DataDog/sketches-js#22", "DataDog/sketches-js#18", "readysettech/readyset#251"],
    layers: ["U"],
  },
  {
    id: "F162",
    title: "an alert that is sent twice",
    wentWrong: "Two instances watched, and each of them sent the same alert.",
    sources: ["prometheus/alertmanager#1718", "grafana/grafana#71203"],
    layers: ["S"],
  },
  {
    id: "F163",
    title: "an alert that flaps, or does not fire again",
    wentWrong:
      "An alert fired and resolved repeatedly although nothing had changed, or did not fire again after it had resolved.",
    sources: ["prometheus/alertmanager#952", "prometheus/prometheus#1372", "prometheus/prometheus#7527"],
    layers: ["S"],
  },
  {
    id: "F164",
    title: "a signature of another text",
    wentWrong: "A webhook was signed over another text than was sent, so nobody could verify it.",
    sources: ["netalertx/NetAlertX#1720", "attendee-labs/attendee#227", "getsentry/sentry#71025"],
    layers: ["U"],
  },
  {
    id: "F165",
    title: "unusual values of Retry-After",
    wentWrong: "A client waited for years because of an answer's Retry-After, or did not understand it as a date.",
    sources: ["urllib3/urllib3#3743", "acmesh-official/acme.sh#7201"],
    layers: ["U"],
  },
  {
    id: "F166",
    title: "a label that breaks the scrape",
    wentWrong: "A quote or a line break in a label made all metrics unreadable.",
    sources: ["discourse/prometheus_exporter#66", "prometheus/client_python#14", "hubblo-org/scaphandre#175"],
    layers: ["U", "X"],
  },
];
