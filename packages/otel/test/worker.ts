/** The tests run in its isolate, and need nothing of it. */
export default {} satisfies ExportedHandler;
