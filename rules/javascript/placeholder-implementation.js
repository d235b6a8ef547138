// ok: placeholder-implementation
// In a real application, keep this file out of version control.
function pay(order) {
  // ruleid: placeholder-implementation
  // In a real implementation, this would call the payment provider.
  return { status: "ok" };
}

const embed = (text) => {
  // ruleid: placeholder-implementation
  // Placeholder for the actual model
  return new Array(768).fill(0);
};

async function send(mail) {
  // ruleid: placeholder-implementation
  // Simulate API call
  await sleep(1000);
  // ruleid: placeholder-implementation
  /* TODO: implement */
  return true;
}

function search(query) {
  // ruleid: placeholder-implementation
  return []; // For now, return mock data
}

function load(key, rows) {
  // ok: placeholder-implementation
  // TODO: implement caching
  return rows[key];
}

function drop(key) {
  // ok: placeholder-implementation
  // TODO: implement this
  throw new Error(`drop ${key}: not implemented`);
}

function hint(field) {
  // ok: placeholder-implementation
  // The placeholder of the field, for now in English only.
  field.placeholder = "In a real implementation, this would differ";
  // ok: placeholder-implementation
  // one placeholder for each value
  return field;
}
