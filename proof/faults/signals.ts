import type { Fault } from "./fault.ts";

export const signalFaults: readonly Fault[] = [
  {
    id: "F160",
    title: "counts of what never happened",
    wentWrong: "Jobs were counted twice, or taken out of the counts by another's end, and fell below zero.",
    sources: ["sidekiq/sidekiq#1903", "flux-framework/flux-core#4719", "huggingface/dataset-viewer#1698"],
    layers: ["S", "C"],
  },
  {
    id: "F161",
    title: "percentiles of nothing",
    wentWrong: "A merge left out a part of a sketch, or its ranks were off by one, and a percentile was nobody's time.",
    sources: ["DataDog/sketches-js#22", "DataDog/sketches-js#18", "readysettech/readyset#251"],
    layers: ["U"],
  },
  {
    id: "F162",
    title: "an alert that comes twice",
    wentWrong: "Whoever watched did so in pairs, and each of them told of the same alert.",
    sources: ["prometheus/alertmanager#1718", "grafana/grafana#71203"],
    layers: ["S"],
  },
  {
    id: "F163",
    title: "an alert that flaps, or does not come again",
    wentWrong: "An alert turned to and fro while nothing changed, or was not told again once it had resolved.",
    sources: ["prometheus/alertmanager#952", "prometheus/prometheus#1372", "prometheus/prometheus#7527"],
    layers: ["S"],
  },
  {
    id: "F164",
    title: "a signature of something else",
    wentWrong: "A webhook was signed over another text than was sent, so that nobody could verify it.",
    sources: ["netalertx/NetAlertX#1720", "attendee-labs/attendee#227", "getsentry/sentry#71025"],
    layers: ["U"],
  },
  {
    id: "F165",
    title: "whatever Retry-After says",
    wentWrong: "An answer's Retry-After was slept for years, or not understood as a date.",
    sources: ["urllib3/urllib3#3743", "acmesh-official/acme.sh#7201"],
    layers: ["U"],
  },
  {
    id: "F166",
    title: "a name that breaks the scrape",
    wentWrong: "A quote or a line's end in a label made all metrics unreadable.",
    sources: ["discourse/prometheus_exporter#66", "prometheus/client_python#14", "hubblo-org/scaphandre#175"],
    layers: ["U", "X"],
  },
];
