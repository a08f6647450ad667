/** The version of Canopy, as in package.json; a test compares them. */
export const PRODUCT_VERSION = '0.1.0';

/** The version of docs/protocol.md that this software speaks. */
export const PROTOCOL_VERSION = 1;
