// ruleid: always-valid
function validateOrder(order) {
  return true;
}

// ruleid: always-valid
async function verifySignature(body, signature) {
  // the caller has checked it
  return true;
}

// ruleid: always-valid
const isValidEmail = (email) => true;

// ok: always-valid
function validateName(name) {
  return name.length > 0;
}

// ok: always-valid
function validateAll(_orders) {
  return true;
}

// ok: always-valid
function isValid() {
  return true;
}

// ok: always-valid
const validateTotal = (order) => {
  check(order);
  return true;
};
