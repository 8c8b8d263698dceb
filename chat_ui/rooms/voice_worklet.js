// Runs in an AudioWorklet: passes on recorded sound as 16-bit samples.
registerProcessor("recorder", class extends AudioWorkletProcessor {
  process([[samples]]) {
    const scaled = samples?.map((sample) => Math.max(-1, Math.min(1, sample)) * 0x7fff);
    if (scaled) this.port.postMessage(Int16Array.from(scaled));
    return true;
  }
});
