export { type HttpBroker, type HttpBrokerOptions, httpBroker } from "./http-broker.ts";
export { type PushOptions, push } from "./push.ts";
