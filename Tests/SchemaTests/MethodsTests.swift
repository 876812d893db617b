import Schema
import Testing

@Suite("Methods")
struct MethodsTests {
    @Test("the typed methods spell what the services say")
    func names() {
        #expect(Methods.Cases.open.service == "casework.v1.Cases")
        #expect(Methods.Cases.open.name == "Open")
        #expect(Methods.Funds.setBudget.name == "SetBudget")
        #expect(Methods.Operations.service == "casework.v1.Operations")
        #expect(type(of: Methods.Cases.get) == Method<Casework_V1_GetRequest, Casework_V1_Case>.self)
    }
}
