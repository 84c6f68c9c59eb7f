// The suite runs in this Worker: it has no handlers of its own.
export default {};
