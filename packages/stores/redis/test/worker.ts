// The tests bring their own entry points: this one is for the runtime, which wants a module.
export default {} satisfies ExportedHandler;
