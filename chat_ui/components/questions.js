// Questions to the page in Python that the server answers by an event with the same number.
const waiting = new Map(); // by the number of a question: what takes its answer
let last = 0;

export async function ask(send, timeout) { // undefined when the answer is lost
  const number = ++last;
  const answered = new Promise((resolve) => {
    waiting.set(number, resolve);
    setTimeout(resolve, timeout);
  });
  send(number);
  const answer = await answered;
  waiting.delete(number);
  return answer;
}

export const answer = (number, content) => waiting.get(number)?.(content);
