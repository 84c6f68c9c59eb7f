declare global {
  // The bindings of wrangler.jsonc, where the runtime's types look for them.
  namespace Cloudflare {
    interface Env {
      readonly DB: D1Database;
    }
  }
}

// The tests bring their own entry points: this one is for the runtime, which wants a module.
export default {} satisfies ExportedHandler;
