import { report } from "./report.ts";

export default {
  async fetch(): Promise<Response> {
    return Response.json(await report());
  },
};
