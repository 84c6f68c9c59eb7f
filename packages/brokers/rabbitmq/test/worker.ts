// The tests run in the isolate of this Worker, and need nothing of it.
export default {};
