import { Component, type ReactNode } from "react";
import { Button } from "./parts.tsx";

/** Where a screen fails, the rest of the console stays. Also when a part of it cannot be loaded after an update. */
export class ErrorBoundary extends Component<
  { readonly children: ReactNode },
  { readonly hasFailed: boolean }
> {
  override state = { hasFailed: false };

  static getDerivedStateFromError(): { hasFailed: boolean } {
    return { hasFailed: true };
  }

  override render(): ReactNode {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <div className="notice bad" role="alert">
        <strong>This screen could not be shown</strong>
        <span>The console may have been updated, or the network is gone.</span>
        <Button size="small" onClick={() => location.reload()}>
          Load the page again
        </Button>
      </div>
    );
  }
}
