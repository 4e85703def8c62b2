using Millrace.Engine.Storage;

namespace Millrace.Engine.Integrations;

/// <summary>Finds an integration that is stored; null: there is none of this name.</summary>
/// <param name="tenant">The tenant whose data to use.</param>
/// <param name="name">Its name.</param>
/// <param name="cancellation">Cancels the operation.</param>
/// <exception cref="StoreException">It cannot be read.</exception>
public delegate ValueTask<StoredIntegration?> FindIntegration(string tenant, string name, CancellationToken cancellation);
