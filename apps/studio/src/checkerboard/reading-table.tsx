import { type Reading } from "./views.js";

interface ReadingTableProps {
  /** The samplers and their readings, a row each. */
  rows: readonly { name: string; reading: Reading | undefined }[];
}

const figure = (value: number | undefined, digits: number): string => value?.toFixed(digits) ?? "–";

/** How close samplers come to the exact posterior, in numbers. */
export function ReadingTable({ rows }: ReadingTableProps) {
  return (
    <table class="reading-table number">
      <thead>
        <tr>
          <th scope="col">Samples</th>
          <th scope="col">on squares</th>
          <th scope="col">
            spread of <var>x</var>
            <sub>1</sub>
          </th>
          <th scope="col">distance</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, reading }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{reading === undefined ? "–" : `${Math.round(100 * reading.onBoard)} %`}</td>
            <td>{figure(reading?.spread, 2)}</td>
            <td>{figure(reading?.distance, 2)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
