import { customType } from "drizzle-orm/sqlite-core";
import { parseSealed, type Sealed } from "../values/sealed.ts";

/** A secret as it stands in the database: ciphertext, never text. */
export const sealedSecret = customType<{ data: Sealed; driverData: string }>({
  dataType: () => "text",
  fromDriver: (value) => {
    const sealed = parseSealed(value);
    if (sealed === null) throw new TypeError("column does not hold a sealed record");
    return sealed;
  },
});
