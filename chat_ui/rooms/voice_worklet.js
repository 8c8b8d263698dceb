// What an AudioWorklet runs, beside the page: it hands on the sound that comes in, as it comes.
registerProcessor("recorder", class extends AudioWorkletProcessor {
  process([[samples]]) {
    if (samples) this.port.postMessage(samples.slice());
    return true;
  }
});
