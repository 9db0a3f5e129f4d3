// Brings large arrays to another front end of the page: sent by themselves, they travel only when they change.

export default function ({ data }) {
  const parcel = unparcel(data);
  DELIVERIES.slots.set(parcel.slot, parcel);
  DELIVERIES.dispatchEvent(new Event("delivered"));
}
